import Core
import EventBus
import FoundationEssentials
package import Library
package import MediaJobs
import MediaTypes
import ObjectStore

/// The steps of a proxy: planned once, parts made apart, joined once. Every step may be repeated or raced.
package struct ProxyJobs: Sendable {
  package let services: LibraryServices
  var store: LibraryStore { services.store }
  var now: Int64 { services.jobs.clock.now().millisecondsSince1970 }

  package init(services: LibraryServices) { self.services = services }

  /// What a step came to.
  package enum Outcome: String, Sendable, Codable {
    case done
    /// The file was replaced, deleted or cancelled, or a newer run counts.
    case superseded
    case failed
  }

  /// The record of the job's file; `nil` if the job no longer counts.
  func currentRecord(of job: ProxyJob) async throws -> FileRecord? {
    guard let record = try await store.record(of: job.file), record.version == job.version, record.objectKey != nil
    else { return nil }
    if job.kind == .proxy {
      let current = try await store.documents.read(CurrentRun.self, at: job.currentKey, in: store.buckets.cache)?.value
      guard (current?.run ?? ProxyJob.uploadRun) == job.run else { return nil }
    }
    if try await job.folder(store).document()?.status == .cancelled { return nil }
    return record
  }

  func source(_ record: FileRecord) async throws -> (any ByteSource)? {
    guard let key = record.objectKey, let info = try await store.documents.head(key, in: store.buckets.library) else {
      return nil
    }
    return try store.objects.open(key, in: store.buckets.library, info: info)
  }

  /// Begins a run that takes the place of any other one of the file.
  ///
  /// - Returns: the record with the status `queued`; `nil` if the file has gone.
  package func begin(_ record: FileRecord, _ request: ProxyRequest) async throws -> FileRecord? {
    let job = ProxyJob(kind: .proxy, file: record.identity, version: record.version, run: RequestID.make())
    try await store.documents.write(CurrentRun(run: job.run), at: job.currentKey, in: store.buckets.cache)
    let updated = try await store.update(job.file) { record in
      guard record.version == job.version else { return false }
      record.proxyStatus = .queued
      record.proxyProgress = 0
      (record.proxyEtaSeconds, record.proxyError) = (nil, nil)
      return true
    }
    guard let updated, updated.changed else { return nil }
    try await publish(.proxyRequested, updated.record, job, ["force": .bool(request.isForced)], key: "begin")
    return updated.record
  }

  /// How far the run that counts is, all parts taken together; `nil` if there is none.
  package func progress(of record: FileRecord) async throws -> JobProgressReport? {
    let folder = try await currentJob(of: record).folder(store)
    guard let document = try await folder.document() else { return nil }
    return try await folder.progress(of: document, now: now)
  }

  /// Where the parts of the run that counts write how far they are.
  package func progressPrefix(of record: FileRecord) async throws -> String {
    var record = record
    // Of a file that is about to be uploaded, the first version.
    record.version = max(1, record.version)
    return try await currentJob(of: record).folder(store).partsPrefix
  }

  private func currentJob(of record: FileRecord) async throws -> ProxyJob {
    let probe = ProxyJob(kind: .proxy, file: record.identity, version: record.version, run: ProxyJob.uploadRun)
    let current = try await store.documents.read(CurrentRun.self, at: probe.currentKey, in: store.buckets.cache)?.value
    return ProxyJob(
      kind: .proxy, file: record.identity, version: record.version, run: current?.run ?? ProxyJob.uploadRun)
  }

  /// Ends the run that counts without a result; parts under way stop within seconds.
  ///
  /// - Returns: the record as it stands then; `nil` if there is none under way.
  package func cancel(_ record: FileRecord) async throws -> FileRecord? {
    guard record.proxyStatus == .queued || record.proxyStatus == .processing else { return nil }
    let job = try await currentJob(of: record)
    let folder = job.folder(store)
    var document = JobDocument(id: job.run, kind: job.kind.rawValue, version: "\(job.version)", createdAt: now)
    document.status = .cancelled
    // A run that has not been planned has no document yet.
    if try await !folder.create(document) {
      guard try await folder.move(to: .cancelled, now: now) else { return nil }
    }
    let updated = try await store.update(job.file) { record in
      guard record.version == job.version, record.proxyStatus == .queued || record.proxyStatus == .processing else {
        return false
      }
      record.proxyStatus = .cancelled
      (record.proxyProgress, record.proxyEtaSeconds, record.proxyError) = (nil, nil, nil)
      return true
    }
    try await removeParts(of: job)
    return updated?.record
  }

  func publish(
    _ kind: LibraryEvent.Kind, _ record: FileRecord, _ job: ProxyJob, _ extra: [String: JSONValue] = [:], key: String
  ) async throws {
    let event = LibraryEvent(
      kind, record, bucket: store.buckets.library, extra: job.extra.merging(extra) { $1 })
    try await services.jobs.publisher.publish(
      [event.entry], idempotencyKey: "\(job.prefix)\(key)")
  }

  /// Writes down that nothing comes of the job, for clients and for the file's record, and announces it.
  package func fail(_ job: ProxyJob, code: String, _ reason: String) async throws {
    let folder = job.folder(store)
    _ = try await folder.create(
      JobDocument(id: job.run, kind: job.kind.rawValue, version: "\(job.version)", createdAt: now))
    guard
      try await folder.move(
        to: .failed, now: now, { $0.error = JobDocument.Failure(code: code, message: reason) })
    else { return }
    let updated = try await store.update(job.file) { record in
      guard record.version == job.version else { return false }
      switch job.kind {
      case .proxy:
        (record.proxyStatus, record.proxyError) = (.failed, reason)
        (record.proxyProgress, record.proxyEtaSeconds) = (nil, nil)
      case .moment: record.setMoment(job.result.fileID) { ($0.status, $0.error) = (.failed, reason) }
      case .poster: break
      }
      return true
    }
    if let updated, updated.changed {
      let kind = job.kind == .proxy ? LibraryEvent.Kind.proxyFailed : .momentFailed
      try await publish(kind, updated.record, job, ["error": .string(reason)], key: "failed")
    }
    try await removeParts(of: job)
  }

  /// The parts' bytes are of no use any more.
  func removeParts(of job: ProxyJob) async throws {
    try await store.removeAll(below: "\(job.prefix)data/", in: store.buckets.cache)
  }
}
