import Encodings
import Core
import FoundationEssentials
import LambdaEvents
import ObjectStore
import S3Protocol

/// Finished objects, with conditions and ranges (RFC 9110 §13 and §14).
extension ReferenceAnswers {
  /// Bytes of an object that are fetched and sent at a time.
  private static let pieceBytes: Int64 = 1 << 20

  /// What a request for an object comes to, before any of its bytes is read.
  private enum Plan {
    /// The whole answer.
    case answer(HTTPResult)
    /// These bytes; the head has no body yet.
    case bytes(HTTPResult, Range<Int64>, ObjectInfo)
  }

  func object(_ answer: HTTPResult, _ event: HTTPEvent, bucket: String, key: String) async throws -> HTTPResult {
    switch try await plan(answer, event, bucket: bucket, key: key) {
    case .answer(let result): return result
    case .bytes(var head, let range, let info):
      guard event.method != "HEAD", !range.isEmpty else { return head }
      guard range.upperBound - range.lowerBound <= configuration.largestBufferedBody else {
        return try await redirect(head, bucket: bucket, key: key)
      }
      let bytes = try await store.get(
        key, in: bucket, range: range.lowerBound...(range.upperBound - 1), ifMatch: info.etag)
      head.body = .bytes(bytes.bytes)
      return head
    }
  }

  func sendObject(
    _ answer: HTTPResult, _ event: HTTPEvent, bucket: String, key: String, _ begin: (HTTPResult) async throws -> Void,
    _ write: ([UInt8]) async throws -> Void
  ) async throws {
    switch try await plan(answer, event, bucket: bucket, key: key) {
    case .answer(let result): try await begin(result)
    case .bytes(let head, let range, let info):
      try await begin(head)
      guard event.method != "HEAD" else { return }
      var position = range.lowerBound
      while position < range.upperBound {
        let end = min(range.upperBound, position + Self.pieceBytes)
        let piece = try await store.get(key, in: bucket, range: position...(end - 1), ifMatch: info.etag).bytes
        guard !piece.isEmpty else { throw ObjectCut(message: "'\(key)' in bucket '\(bucket)' ended too early") }
        try await write(piece)
        position += Int64(piece.count)
      }
    }
  }

  private struct ObjectCut: ClassifiedError {
    let message: String
    var code: String { "ObjectCut" }
    var isRetryable: Bool { true }
  }

  private func plan(_ answer: HTTPResult, _ event: HTTPEvent, bucket: String, key: String) async throws -> Plan {
    let info: ObjectInfo
    do {
      info = try await store.head(key, in: bucket)
    } catch let error as ObjectStoreError where error.code == "NoSuchKey" || error.httpStatus == 404 {
      return .answer(Self.refusal(404, "Not Found"))
    }
    var head = answer
    head.body = .bytes([])
    let own = [
      ("etag", info.etag.quoted), ("accept-ranges", "bytes"), ("last-modified", HTTPDate.format(info.lastModified)),
      ("content-type", info.contentType ?? "binary/octet-stream"),
    ]
    for (name, value) in own where head.header(name) == nil { head.headers.append(.init(name, value)) }
    let conditions = Preconditions(headers: { event.header($0) })
    switch conditions.evaluateRead(etag: info.etag, lastModified: info.lastModified)?.httpStatus {
    case nil: break
    case 304?:
      head.status = 304
      head.headers.removeAll { $0.name.lowercased() == "content-type" }
      return .answer(head)
    default: return .answer(Self.refusal(412, "Precondition Failed"))
    }
    guard answer.status == 200, let header = event.header("range"),
      event.header("if-range").map({ $0 == info.etag.quoted }) ?? true
    else { return .bytes(head, 0..<info.size, info) }
    switch ByteRange.parse(header, size: info.size) {
    case .whole: return .bytes(head, 0..<info.size, info)
    case .unsatisfiable:
      var refusal = Self.refusal(416, "Range Not Satisfiable")
      refusal.headers.append(.init("content-range", ByteRange.unsatisfiedContentRange(size: info.size)))
      return .answer(refusal)
    case .range(let range):
      head.status = 206
      head.headers.append(.init("content-range", ByteRange.contentRange(range, size: info.size)))
      return .bytes(head, range.lowerBound..<(range.upperBound + 1), info)
    }
  }

  /// The store itself sends what no buffered answer can hold, with the answer's own headers if it can.
  private func redirect(_ head: HTTPResult, bucket: String, key: String) async throws -> HTTPResult {
    let passed = ["content-type", "content-disposition", "content-language", "content-encoding", "cache-control"]
    let headers = passed.compactMap { name in head.header(name).map { (name: name, value: $0) } }
    var answer = HTTPResult.redirect(to: try await presign(key, bucket, configuration.addressLife, headers))
    // The address is valid for a while only.
    answer.headers.append(.init("cache-control", "no-store"))
    answer.cookies = head.cookies
    return answer
  }
}
