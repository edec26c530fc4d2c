import ClipIndexing
import Clips
import Core
import MediaJobs
import MediaTypes
import ObjectStore
import Previews
import S3Protocol

/// Renders clips of videos in the store into the store, and keeps the decoder between clips that follow each other.
struct StoredClipRenderer: Sendable {
  let services: PreviewServices
  private let decoder = DecoderCache()

  /// Uploads of one clip under way at the same time: enough to hide a store's latency, few enough that the pictures
  /// waiting stay small next to the decoder.
  private static let uploads = 8

  init(services: PreviewServices) {
    self.services = services
  }

  func render(
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
      strip: job.names.strip(version: job.version.description, start: clip.start), concurrency: Self.uploads,
      limit: jobBudget.clipLimit)
    let request = ClipRequest(
      start: clip.start, end: ClipPlan.exclusiveEnd(end: clip.end, length: clip.length), gif: services.settings.gif,
      stills: services.settings.stills, tiles: services.settings.tiles, mode: services.settings.mode)
    let sequence = decoder.sequence(of: job)
    defer { decoder.rest() }
    let budget = allowance.budget("rendering the clip", processor: services.limits.clipProcessor)
    let result = try await budget.run(name: "render") { [header, stills = services.settings.stills] cancellation in
      defer { source.close() }
      let rendered = Result {
        try mappingReplacement(of: clip.key) {
          let result = try ClipRenderer.render(
            source, request, header: header, to: sink, sequence: sequence, cancellation: cancellation)
          if let size = stills?.size(width: result.facts.width, height: result.facts.height) {
            try sink.finishTiles(stillWidth: size.width, stillHeight: size.height)
          }
          return result
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
      frameTimes: result.stillTimes, stripBytes: written.strip,
      timings: .init(
        startedAt: startedAt, finishedAt: services.clock.now().millisecondsSince1970,
        cpuMilliseconds: Int((result.cpuSeconds * 1000).rounded()),
        tileMilliseconds: written.strip.map { _ in Int((result.tileSeconds * 1000).rounded()) },
        renderMilliseconds: Int(elapsed / .milliseconds(1)),
        sourceBytes: result.sourceBytes))
  }
}
