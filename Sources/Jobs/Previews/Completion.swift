import MediaJobs
import MediaTypes
import S3Protocol
package import EventBus
package import Logging
import ObjectStore
package import Core

/// Ends a job. The worker that writes the last record also writes the manifest, announces it and removes what older versions
/// left. Every step may be repeated or raced; the conditional write of the manifest decides which worker it was.
package struct Completion: Sendable {
  let store: JobStore
  private let publisher: any EventPublisher
  private let clock: WallClock
  private let logger: Logger

  private static let maximumRounds = 8

  package enum Outcome: String, Sendable, Codable {
    /// Other clips are still to come.
    case waiting
    /// This call wrote the manifest.
    case finished
    /// Another worker had written it.
    case alreadyFinished
  }

  package struct Missing: ClassifiedError {
    package let message: String
    package var code: String { "OutputMissing" }
    package var isRetryable: Bool { true }
  }

  package init(store: JobStore, publisher: any EventPublisher, clock: WallClock = .system, logger: Logger) {
    self.store = store
    self.publisher = publisher
    self.clock = clock
    self.logger = logger
  }

  /// To be called after each record, and again when a clip is delivered a second time.
  ///
  /// - Parameters:
  ///   - clips: How many clips the job has, from the event.
  ///   - record: What was written; `nil`, or a record that is none of the plan's (events written by hand), costs a listing.
  ///   - requestID: Of the invocation; stable over its retries.
  /// - Throws: `Superseded`, `ObjectStoreError`, or `Missing` if an output that a record names is not there: then
  ///   that record has been removed, so that another try of its clip renders it again.
  package func finish(_ job: Job, clips: Int, after record: ClipRecord? = nil, requestID: String) async throws
    -> Outcome
  {
    guard let records = try await records(of: job, clips: clips, after: record) else { return .waiting }
    let stored = try await store.manifest(of: job.names, in: job.buckets.output)
    if let existing = stored?.manifest, existing.version == job.version.description, existing.status == .complete {
      if existing.completedBy == requestID { try await announce(existing, of: job) }
      return .alreadyFinished
    }
    let listed = try await outputs(of: job)
    try await requirePictures(of: records, in: listed, job)
    let manifest = Manifest(
      of: job, plan: try await store.plan(job), clips: records, completedBy: requestID,
      at: clock.now().millisecondsSince1970)
    return try await publish(manifest, of: job, over: stored, listed: listed, requestID: requestID)
  }

  /// All records of the job in order; `nil` while one is missing.
  private func records(of job: Job, clips: Int, after record: ClipRecord?) async throws -> [ClipRecord]? {
    let size = job.settings.snippetSize
    if let record, record.start.isMultiple(of: size), record.start / size < clips {
      return try await store.records(of: job, clips: clips).records(after: record, at: record.start / size)
    }
    let starts = try await store.recordStarts(of: job)
    guard starts.count >= clips else { return nil }
    let records = try await store.records(of: job, at: starts)
    guard records.count == starts.count else {
      throw Missing(
        message: "\(starts.count - records.count) completion records of '\(job.source.key)' are gone or not readable")
    }
    return records
  }

  /// What lies in the places of the job's GIFs and stills, whichever version wrote it.
  private func outputs(of job: Job) async throws -> [ObjectSummary] {
    try await store.objects.listAll(bucket: job.buckets.output, prefix: job.names.picturesPrefix)
      .filter { job.names.isPicture($0.key) }
  }

  /// Ends a job that has no previews.
  ///
  /// - Parameter gaveUp: tries ran out; otherwise the source cannot be read as a video.
  package func fail(_ job: Job, reason: String, gaveUp: Bool = false, requestID: String) async throws {
    let manifest = Manifest(
      failed: reason, gaveUp: gaveUp, of: job, by: requestID, at: clock.now().millisecondsSince1970)
    let stored = try await store.manifest(of: job.names, in: job.buckets.output)
    _ = try await publish(manifest, of: job, over: stored, requestID: requestID)
  }

  /// - Parameters:
  ///   - stored: what the manifest's key held when it was read last.
  ///   - listed: the job's outputs, if they were listed before.
  private func publish(
    _ manifest: Manifest, of job: Job, over stored: JobStore.StoredManifest?, listed: [ObjectSummary]? = nil,
    requestID: String
  ) async throws -> Outcome {
    var present = stored
    for _ in 0..<Self.maximumRounds {
      if let existing = present?.manifest, existing.version == manifest.version,
        try await isFinal(existing, for: manifest, of: job)
      {
        guard existing.completedBy == requestID else { return .alreadyFinished }
        try await announce(existing, of: job)
        return .alreadyFinished
      }
      try await store.requireCurrent(job)
      if try await store.put(manifest, of: job, replacing: present?.etag) != nil {
        try await announce(manifest, of: job, listed: listed)
        return .finished
      }
      present = try await store.manifest(of: job.names, in: job.buckets.output)
    }
    throw OutputWriter.Contended(key: job.names.manifest)
  }

  /// Whether a manifest of the same version stays. One that says that the job was given up makes way for success, and for
  /// another failure where the video was uploaded or cut again since.
  private func isFinal(_ existing: Manifest, for new: Manifest, of job: Job) async throws -> Bool {
    if existing.status == .complete { return true }
    if new.status == .complete { return false }
    guard existing.gaveUp == true else { return true }
    if existing.precedes(upload: job.source) { return false }
    return try await store.plan(job).map { $0.createdAt <= existing.createdAt } ?? true
  }

  /// The event first, then the cleanup, so that no listener waits for the latter. A repeated announcement carries the same
  /// idempotency key.
  private func announce(_ manifest: Manifest, of job: Job, listed: [ObjectSummary]? = nil) async throws {
    let entry = manifest.announcement(of: job)
    try await publisher.publish(
      [entry],
      idempotencyKey: "\(job.buckets.output)/\(job.names.manifest)/\(manifest.version)/\(manifest.status.rawValue)/"
        + "\(manifest.createdAt)")
    logger.info(
      "\(entry.detailType)",
      metadata: [
        "key": "\(job.source.key)", "clips": "\(manifest.clips.count)", "frames": "\(manifest.frames)",
        "reason": "\(manifest.reason ?? "")",
      ])
    let cleanup = Cleanup(store: store, logger: logger)
    let pictures = if let listed { listed } else { try await outputs(of: job) }
    try await cleanup.removeLeftOvers(of: job, keeping: manifest, pictures: pictures)
  }

  /// A manifest must not name what is not there, whatever removed it.
  private func requirePictures(of records: [ClipRecord], in listed: [ObjectSummary], _ job: Job) async throws {
    let present = Dictionary(listed.map { ($0.key, $0.size) }, uniquingKeysWith: { first, _ in first })
    for record in records where record.status == .complete {
      var expected = record.frameBytes.enumerated().map {
        (job.names.still(start: record.start, number: $0.offset + 1), $0.element)
      }
      expected.append((job.names.gif(start: record.start), record.gifBytes))
      if let lost = expected.first(where: { present[$0.0] != Int64($0.1) }) {
        try await store.objects.delete([job.names.record(of: job.version, start: record.start)], in: job.buckets.output)
        let event = ClipEvent(
          key: job.source.key, start: record.start, end: record.end,
          length: try await store.plan(job)?.video.length ?? Double(record.end + 1),
          tsCreated: clock.now().millisecondsSince1970, etag: job.source.etag.value, clips: records.count,
          place: job.address.place)
        try await publisher.publish([event.entry], idempotencyKey: nil)
        throw Missing(message: "'\(lost.0)' of a finished clip is not there any more; that clip is rendered again")
      }
    }
  }
}
