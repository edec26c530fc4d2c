import MediaTypes
import S3Protocol
package import EventBus
package import Logging
import ObjectStore
package import Core

/// Ends a job: whoever brings the last record writes the manifest, announces it and clears away what older versions
/// left. Every step may be repeated or raced; the conditional write of the manifest decides who it was.
package struct Completion: Sendable {
  let store: JobStore
  private let publisher: any EventPublisher
  private let clock: WallClock
  private let logger: Logger

  /// Records read at the same time.
  private static let readers = 16
  private static let maximumRounds = 8

  package enum Outcome: String, Sendable, Codable {
    /// Other clips are still to come.
    case waiting
    /// This call wrote the manifest.
    case finished
    /// Somebody else had written it.
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
  ///   - requestID: Of the invocation; stable over its retries.
  /// - Throws: `Superseded`, `ObjectStoreError`, or `Missing` where a picture that a record names is not there: then
  ///   that record has been removed, so that another try of its clip renders it again.
  package func finish(_ job: Job, clips: Int, requestID: String) async throws -> Outcome {
    let prefix = job.names.recordsPrefix(of: job.version)
    let recorded = try await store.objects.listAll(bucket: job.buckets.output, prefix: prefix)
      .filter { $0.key.hasSuffix(".json") && $0.key != job.names.plan(of: job.version) }
    guard recorded.count >= clips else { return .waiting }
    if let existing = try await store.manifest(of: job.names, in: job.buckets.output)?.manifest,
      existing.version == job.version.description, existing.status == .complete
    {
      if existing.completedBy == requestID { try await announce(existing, of: job) }
      return .alreadyFinished
    }
    let records = try await readRecords(recorded.map(\.key), of: job)
    try await requirePictures(of: records, job)
    let manifest = Manifest(
      of: job, plan: try await store.plan(job), clips: records, completedBy: requestID,
      at: clock.now().millisecondsSince1970)
    return try await publish(manifest, of: job, requestID: requestID)
  }

  /// Ends a job that has no previews.
  ///
  /// - Parameter gaveUp: tries ran out; otherwise the source cannot be read as a video.
  package func fail(_ job: Job, reason: String, gaveUp: Bool = false, requestID: String) async throws {
    let manifest = Manifest(
      failed: reason, gaveUp: gaveUp, of: job, by: requestID, at: clock.now().millisecondsSince1970)
    _ = try await publish(manifest, of: job, requestID: requestID)
  }

  private func publish(_ manifest: Manifest, of job: Job, requestID: String) async throws -> Outcome {
    for _ in 0..<Self.maximumRounds {
      let present = try await store.manifest(of: job.names, in: job.buckets.output)
      if let existing = present?.manifest, existing.version == manifest.version,
        try await isFinal(existing, for: manifest, of: job)
      {
        guard existing.completedBy == requestID else { return .alreadyFinished }
        try await announce(existing, of: job)
        return .alreadyFinished
      }
      try await store.requireCurrent(job)
      guard try await store.put(manifest, of: job, replacing: present?.etag) else { continue }
      try await announce(manifest, of: job)
      return .finished
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

  /// The event first, then the cleaning, so that nobody waits for the latter. A repeated announcement carries the same
  /// idempotency key.
  private func announce(_ manifest: Manifest, of job: Job) async throws {
    let entry = manifest.announcement(manifestKey: job.names.manifest)
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
    try await Cleaning(store: store, logger: logger).removeLeftOvers(of: job, keeping: manifest)
  }

  private func readRecords(_ keys: [String], of job: Job) async throws -> [ClipRecord] {
    let starts = keys.compactMap { Int($0.dropFirst(job.names.recordsPrefix(of: job.version).count).dropLast(5)) }
    return try await withThrowingTaskGroup(of: ClipRecord?.self) { group in
      var records: [ClipRecord] = []
      var waiting = starts.makeIterator()
      for _ in 0..<Self.readers {
        guard let start = waiting.next() else { break }
        group.addTask { try await store.record(job, start: start) }
      }
      while let record = try await group.next() {
        if let record { records.append(record) }
        if let start = waiting.next() { group.addTask { try await store.record(job, start: start) } }
      }
      guard records.count == starts.count else {
        throw Missing(
          message: "\(starts.count - records.count) completion records of '\(job.source.key)' are gone or not readable")
      }
      return records.sorted { $0.start < $1.start }
    }
  }

  /// A manifest must not name what is not there, whoever removed it.
  private func requirePictures(of records: [ClipRecord], _ job: Job) async throws {
    let present = try await store.objects.listAll(bucket: job.buckets.output, prefix: job.names.prefix)
      .reduce(into: [String: Int64]()) { $0[$1.key] = $1.size }
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
          tsCreated: clock.now().millisecondsSince1970, etag: job.source.etag.value, clips: records.count)
        try await publisher.publish([event.entry], idempotencyKey: nil)
        throw Missing(message: "'\(lost.0)' of a finished clip is not there any more; that clip is rendered again")
      }
    }
  }
}
