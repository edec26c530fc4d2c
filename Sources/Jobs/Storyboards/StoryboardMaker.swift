import Logging
import MediaTypes
import ObjectStore
import MediaJobs
package import Previews
import Core
import S3Protocol

/// Makes the storyboard of a processed video from the tiles that its clips' renderers left: sheets, the documents that describe them, a poster; then
/// names them in the manifest.
///
/// Throws what is worth another try. Every step may be repeated or raced: the bytes are the same each time, and the
/// conditional write of the manifest decides who it was.
package struct StoryboardMaker: Sendable {
  private let services: PreviewServices
  private let cleanup: StoryboardCleanup

  /// How often the job may change under our hands before this is given up for a later try.
  private static let maximumRounds = 4

  package enum Status: String, Sendable, Codable {
    /// The manifest names it now.
    case made
    /// The manifest had named one before.
    case unchanged
    /// There is nothing to make one of, or none is wanted.
    case ignored
    /// The source was replaced or deleted; its newer version has an event of its own.
    case superseded
    /// A still cannot be read, which no other try mends.
    case failed
  }

  package struct Outcome: Sendable, Codable {
    package var key: String
    package var status: Status
    package var sheets: Int?
    package var tiles: Int?
    package var reason: String?
  }

  package init(services: PreviewServices) {
    self.services = services
    cleanup = StoryboardCleanup(store: services.store, logger: services.logger)
  }

  /// - Throws: `ObjectStoreError` and others that another try may mend.
  package func process(_ event: ProcessedEvent) async throws -> Outcome {
    for _ in 0..<Self.maximumRounds {
      guard let job = try await services.currentJob(for: event.address) else {
        if let place = event.address.place { try await services.store.discard(place) }
        return outcome(event, .superseded, "the source was deleted")
      }
      guard let stored = try await services.store.manifest(of: job.names, in: job.buckets.output),
        let manifest = stored.manifest, manifest.describes(job), event.version ?? manifest.version == manifest.version
      else {
        // What an earlier try of this invocation wrote may have come too late for the newer version's cleanup.
        try await cleanup.removeLeftOvers(of: job)
        try await discardUnlessCurrent(event, job)
        return outcome(event, .superseded, "the event is about another version of the source")
      }
      do {
        if let done = try await amend(manifest, etag: stored.etag, of: job) { return done }
      } catch is Superseded {}
    }
    throw OutputWriter.Contended(key: event.key)
  }

  /// A place that an event names belongs to one version alone: nothing of it is left when that has been replaced.
  private func discardUnlessCurrent(_ event: ProcessedEvent, _ job: Job) async throws {
    guard let place = event.address.place else { return }
    let manifest = try await services.store.manifest(of: job.names, in: job.buckets.output)?.manifest
    if manifest?.source.etag != job.source.etag.value { try await services.store.discard(place) }
  }

  /// - Returns: `nil` where the manifest was changed meanwhile.
  /// - Throws: `Superseded` where the source was.
  private func amend(_ manifest: Manifest, etag: ETag, of job: Job) async throws -> Outcome? {
    let event = ProcessedEvent(job.address)
    if let made = manifest.storyboard {
      try await cleanup.removeLeftOvers(of: job)
      return Outcome(key: event.key, status: .unchanged, sheets: made.sheets.count, tiles: made.tiles)
    }
    guard manifest.status == .complete else { return outcome(event, .ignored, "the job failed") }
    guard let settings = job.settings.storyboard else { return outcome(event, .ignored, "Storyboard is false") }
    guard let plan = StoryboardPlan(manifest, names: job.names, interval: settings.interval) else {
      return outcome(event, .ignored, "there are no stills to make it of")
    }
    let record: StoryboardRecord
    do {
      record = try await StoryboardWriter(services: services, job: job).write(plan, settings)
      try await requirePresent(record, job)
    } catch let error as MediaError {
      services.logger.error("storyboard failed", metadata: ["key": "\(event.key)", "reason": "\(error.message)"])
      return Outcome(key: event.key, status: .failed, reason: error.message)
    } catch {
      // Where the stills are being replaced, that is what is wrong with them.
      try await services.store.requireCurrent(job)
      throw error
    }
    try await services.store.requireCurrent(job)
    var amended = manifest
    amended.storyboard = record
    guard try await services.store.put(amended, of: job, replacing: etag) != nil else { return nil }
    services.logger.info(
      "storyboard made",
      metadata: ["key": "\(event.key)", "sheets": "\(record.sheets.count)", "tiles": "\(record.tiles)"])
    try await cleanup.removeLeftOvers(of: job)
    return Outcome(key: event.key, status: .made, sheets: record.sheets.count, tiles: record.tiles)
  }

  /// A manifest must not name what is not there, for whatever reason it was removed.
  private func requirePresent(_ record: StoryboardRecord, _ job: Job) async throws {
    let present = try await services.store.objects.listAll(
      bucket: job.buckets.output, prefix: job.names.storyboardPrefix
    ).reduce(into: [String: Int64]()) { $0[$1.key] = $1.size }
    if let lost = record.objects.first(where: { present[$0.key] != Int64($0.bytes) }) {
      throw TileFetcher.Missing(message: "'\(lost.key)' is not there any more as it was written")
    }
  }

  private func outcome(_ event: ProcessedEvent, _ status: Status, _ reason: String) -> Outcome {
    services.logger.info("no storyboard", metadata: ["key": "\(event.key)", "reason": "\(reason)"])
    return Outcome(key: event.key, status: status, reason: reason)
  }
}
