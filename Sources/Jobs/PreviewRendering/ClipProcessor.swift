import ClipIndexing
import Clips
import MediaTypes
import S3Protocol
import Logging
import ObjectStore
package import MediaJobs
package import Previews
import Core

/// Renders one clip: a GIF and a still per second, uploaded while decoding goes on, then the clip's record. The
/// worker of the last record ends the job.
///
/// Throws what is worth another try. A clip that never will work is recorded as failed.
package struct ClipProcessor: Sendable {
  private let services: PreviewServices
  private let decoder = KeptDecoder()

  /// Uploads of one clip under way at the same time: enough to hide a store's latency, few enough that the pictures
  /// waiting stay small next to the decoder.
  private static let uploads = 8

  package enum Status: String, Sendable, Codable {
    case complete, failed
    /// The source was replaced or deleted; its newer version has a job of its own.
    case superseded
  }

  package struct Outcome: Sendable, Codable {
    package var key: String
    package var start: Int
    package var status: Status
    package var frames: Int?
    /// What this clip did for the job as a whole.
    package var job: Completion.Outcome?
    package var reason: String?
  }

  /// For all clips that a process renders one after another.
  package init(services: PreviewServices) {
    self.services = services
  }

  /// - Parameters:
  ///   - requestID: Of the invocation; stable over its retries.
  ///   - allowance: What the invocation allows.
  /// - Throws: `ClipEvent.Invalid` where the clip lies outside of the video; `ObjectStoreError` and others that another
  ///   try may mend.
  package func process(
    _ clip: ClipEvent, requestID: String, within allowance: InvocationAllowance = InvocationAllowance()
  ) async throws -> Outcome {
    let stills = ClipPlan.stills(start: clip.start, end: clip.end, length: clip.length)
    guard stills > 0 else {
      throw ClipEvent.Invalid(message: "detail.start (\(clip.start)) must be before detail.length (\(clip.length))")
    }
    guard let job = try await services.currentJob(for: clip.address) else {
      if let place = clip.address.place { try await services.store.discard(place) }
      return Outcome(key: clip.key, start: clip.start, status: .superseded, reason: "the source was deleted")
    }
    do {
      if let etag = clip.etag, etag != job.source.etag.value { throw Superseded(key: clip.key) }
      let record = try await renderUnlessDone(clip, of: job, allowance)
      let clips = clip.count(snippetSize: services.settings.snippetSize)
      let end = try await services.completion.finish(job, clips: clips, after: record, requestID: requestID)
      return Outcome(
        key: clip.key, start: clip.start, status: record.status == .complete ? .complete : .failed,
        frames: record.frames, job: end,
        reason: record.reason)
    } catch is Superseded {
      services.logger.info("superseded", metadata: ["key": "\(clip.key)", "start": "\(clip.start)"])
      try await services.completion.withdrawClip(job, start: clip.start, stills: stills)
      return Outcome(key: clip.key, start: clip.start, status: .superseded)
    }
  }

  private func renderUnlessDone(
    _ clip: ClipEvent, of job: Job, _ allowance: InvocationAllowance
  ) async throws -> ClipRecord {
    if let done = try await services.store.record(job, start: clip.start), done.status == .complete { return done }
    let record: ClipRecord
    let budget = JobBudget(
      services.limits, size: job.source.size, clips: clip.count(snippetSize: services.settings.snippetSize))
    let number = clip.start / services.settings.snippetSize
    let usedBefore = ProcessorTime.ofProcess
    do {
      try await budget.check(job, in: services.store, number: number)
      let rendered = try await render(clip, of: job, budget, allowance)
      try await budget.add(rendered.cost, job, in: services.store, number: number)
      record = rendered
    } catch let error as MediaError {
      let used = Int(((ProcessorTime.ofProcess - usedBefore) * 1000).rounded())
      services.logger.error(
        "clip failed", metadata: ["key": "\(clip.key)", "start": "\(clip.start)", "reason": "\(error.message)"])
      record = ClipRecord(
        failed: error.message, start: clip.start, end: clip.end, at: services.clock.now().millisecondsSince1970,
        cpuMilliseconds: used)
      do {
        try await budget.add(record.cost, job, in: services.store, number: number)
      } catch is MediaError {
        // Noted for the clips to come.
      }
    }
    try await services.store.requireCurrent(job)
    try await services.store.put(record, of: job)
    return record
  }

  private func render(
    _ clip: ClipEvent, of job: Job, _ jobBudget: JobBudget, _ allowance: InvocationAllowance
  ) async throws -> ClipRecord {
    let startedAt = services.clock.now().millisecondsSince1970
    let began = ContinuousClock.now
    var header: ClipHeader?
    if let part = clip.index {
      header = try await services.store.clipHeader(part, of: job).flatMap(ClipHeader.init(encoded:))
    }
    let source = try services.store.objects.open(clip.key, in: job.buckets.source, info: job.source)
    let sink = UploadSink(
      writer: services.store.writer(of: job), names: job.names, start: clip.start,
      concurrency: Self.uploads, limit: jobBudget.clipLimit)
    let request = ClipRequest(
      start: clip.start, end: ClipPlan.exclusiveEnd(end: clip.end, length: clip.length), gif: services.settings.gif,
      stills: services.settings.stills, mode: services.settings.mode)
    let sequence = decoder.sequence(of: job)
    defer { decoder.rest() }
    let budget = allowance.budget("rendering the clip", processor: services.limits.clipProcessor)
    let result = try await budget.run(name: "render") { [header] cancellation in
      defer { source.close() }
      let rendered = Result {
        try mappingReplacement(of: clip.key) {
          try ClipRenderer.render(
            source, request, header: header, to: sink, sequence: sequence, cancellation: cancellation)
        }
      }
      // An upload's failure is the cause where rendering was ended by it; and all have ended when this returns.
      try sink.drain()
      return try rendered.get()
    }
    let written = sink.written
    let elapsed = ContinuousClock.now - began
    return ClipRecord(
      start: clip.start, end: clip.end, gif: job.names.gif(start: clip.start), gifBytes: written.gif,
      gifFrames: result.gifFrames, gifReduction: result.gifReduction, frameBytes: written.stills,
      frameTimes: result.stillTimes,
      timings: .init(
        startedAt: startedAt, finishedAt: services.clock.now().millisecondsSince1970,
        cpuMilliseconds: Int((result.cpuSeconds * 1000).rounded()), renderMilliseconds: Int(elapsed / .milliseconds(1)),
        sourceBytes: result.sourceBytes))
  }
}
