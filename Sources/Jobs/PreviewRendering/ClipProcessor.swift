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
  private let renders: Rendering

  /// Renders a clip and puts its pictures into the store. The budget is the job's.
  package typealias Rendering = @Sendable (ClipEvent, Job, JobBudget, InvocationAllowance) async throws -> ClipRecord

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
    let renderer = StoredClipRenderer(services: services)
    self.init(services: services) { try await renderer.render($0, of: $1, $2, $3) }
  }

  /// - Parameter renders: what stands in the place of decoding.
  package init(services: PreviewServices, renders: @escaping Rendering) {
    self.services = services
    self.renders = renders
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
      let rendered = try await renders(clip, job, budget, allowance)
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
}
