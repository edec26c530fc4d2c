import Core
import FoundationEssentials
import LambdaEvents
import ObjectStore
import S3Protocol

/// A job's progress, one event per request. The stream ends after it, and the page's `EventSource` connects again after
/// the seconds that the stream named. So a page that watches occupies no execution environment between two looks.
extension ReferenceAnswers {
  /// Records that are read for one look.
  private static let maximumRecords = 1000
  /// Records that are read side by side.
  private static let readers = 16

  func progress(
    _ answer: HTTPResult, bucket: String, key: String, records: String, states: HTTPResult.DocumentStates?
  ) async throws -> HTTPResult {
    guard let document = try await read(key, in: bucket) else { return Self.refusal(404, "Not Found") }
    var head = answer
    head.status = 200
    head.headers.removeAll { ["content-type", "cache-control"].contains($0.name.lowercased()) }
    head.headers += [.init("content-type", "text/event-stream"), .init("cache-control", "no-store")]
    var progress = JobProgress(states: states?.members ?? [])
    progress.setDocument(document.bytes)
    let event: [UInt8]
    switch progress.phase {
    case .done: event = ServerSentEvent.encode("done", document.bytes)
    case .failed: event = ServerSentEvent.encode("failed", document.bytes)
    case .underWay:
      for record in try await self.records(
        below: records, in: states?.recordsBucket ?? bucket, but: key)
      {
        progress.setRecord(record.key, record.etag, record.bytes)
      }
      event = ServerSentEvent.encode("progress", progress.json(now: clock.now().timeIntervalSince1970 * 1000))
    }
    head.body = .bytes(ServerSentEvent.retry + event)
    return head
  }

  private func records(
    below prefix: String, in bucket: String, but document: String
  ) async throws -> [(key: String, etag: String, bytes: [UInt8])] {
    let page = try await store.list(
      bucket: bucket, prefix: prefix, startAfter: nil, delimiter: nil, limit: Self.maximumRecords)
    var keys = page.objects.map(\.key).filter { $0 != document }[...]
    return try await withThrowingTaskGroup(of: (String, String, [UInt8])?.self) { group in
      func readNext() {
        guard let key = keys.popFirst() else { return }
        group.addTask { try await read(key, in: bucket).map { (key, $0.etag, $0.bytes) } }
      }
      for _ in 0..<Self.readers { readNext() }
      var found: [(key: String, etag: String, bytes: [UInt8])] = []
      for try await record in group {
        if let record { found.append((record.0, record.1, record.2)) }
        readNext()
      }
      return found
    }
  }

  private func read(_ key: String, in bucket: String) async throws -> (etag: String, bytes: [UInt8])? {
    do {
      let (info, bytes) = try await store.get(key, in: bucket)
      return (info.etag.quoted, bytes)
    } catch let error as ObjectStoreError where error.code == "NoSuchKey" || error.httpStatus == 404 {
      return nil
    }
  }
}
