import LocalStorage
import Core
import Encodings
import FoundationEssentials
import HTTPGateway
import HTTPServer
import HTTPTypes
import HummingbirdCore
import NIOCore
import S3Protocol
import S3Server
import S3Storage
import SigV4

/// What answers refer to, in this runtime's own store.
struct EmbeddedReferences: ReferenceStore {
  let backend: FileObjectBackend
  let s3: S3Responder
  let signer: SigV4Signer
  let signals: ObjectSignals
  let clock: WallClock
  /// When this runtime began: the functions of a former one are gone.
  let makersBegan: Date?

  func read(_ key: String, in bucket: String, limit: Int) async throws -> StoredBytes? {
    do {
      let object = try await backend.open(ObjectAddress(bucket: bucket, key: key)) { 0..<min($0.size, Int64(limit)) }
      guard object.record.size <= Int64(limit) else {
        throw RuntimeError("ObjectTooLarge", "'\(bucket)/\(key)' must have at most \(limit) bytes")
      }
      var bytes = ByteBuffer()
      while bytes.readableBytes < Int(object.record.size) {
        var block = try await object.read(
          at: Int64(bytes.readableBytes), count: Int(object.record.size) - bytes.readableBytes)
        guard block.readableBytes > 0 else { break }
        bytes.writeBuffer(&block)
      }
      return StoredBytes(etag: object.record.etag.quoted, bytes: bytes)
    } catch let error as S3Error where error.isAbsence {
      return nil
    }
  }

  func exists(_ key: String, in bucket: String) async throws -> Bool {
    do {
      _ = try await backend.open(ObjectAddress(bucket: bucket, key: key))
      return true
    } catch let error as S3Error where error.isAbsence {
      return false
    }
  }

  func list(_ prefix: String, in bucket: String, limit: Int) async throws -> [(key: String, etag: String)] {
    var found: [(key: String, etag: String)] = []
    var after: String?
    while found.count < limit {
      let page = try await backend.list(
        ListingQuery(prefix: prefix, after: after, maxKeys: min(1000, limit - found.count)), in: bucket)
      found += page.items.map { ($0.key, $0.etag.quoted) }
      guard page.isTruncated, let last = page.items.last else { break }
      after = last.key
    }
    return found
  }

  func response(
    to request: Request, context: EndpointContext, key: String, bucket: String, from offset: Int64
  ) async throws -> Response {
    var fields = HTTPFields()
    if offset == 0 {
      for name in Self.passed { fields[name] = request.headers[name] }
    } else {
      fields[.range] = "bytes=\(offset)-"
    }
    return await s3.object(
      ObjectAddress(bucket: bucket, key: key), isHead: request.method == .head && offset == 0, fields: fields,
      context: context)
  }

  func responseInMemory(
    to request: Request, context: EndpointContext, key: String, bucket: String
  ) -> Response? {
    guard request.method == .get else { return nil }
    var fields = HTTPFields()
    for name in Self.passed { fields[name] = request.headers[name] }
    return s3.smallObjectInMemory(ObjectAddress(bucket: bucket, key: key), fields: fields, context: context)
  }

  func hasRoom(_ bytes: Int, at key: String, in bucket: String, context: EndpointContext) async -> Bool {
    let zeros = ByteBuffer(repeating: 0, count: bytes)
    let written = await s3.respond(to: signed(.put, key, bucket, zeros), context: context)
    if written.status.code == 507 { return false }
    _ = await s3.respond(to: signed(.delete, key, bucket), context: context)
    return true
  }

  private func signed(
    _ method: HTTPRequest.Method, _ key: String, _ bucket: String, _ body: ByteBuffer = ByteBuffer()
  ) -> Request {
    var head = HTTPRequest(
      method: method, scheme: "http", authority: "localhost",
      path: "/\(bucket)/\(PercentEncoding.encode(key, keepSlash: true))",
      headerFields: [.contentLength: "\(body.readableBytes)"])
    for (name, value) in signer.headers(for: SignableRequest(head), payload: .unsigned, at: clock.now()) {
      if let name = HTTPField.Name(name) { head.headerFields[name] = value }
    }
    return Request(head: head, body: RequestBody(buffer: body))
  }

  func watch(_ prefixes: [String], in bucket: String) -> any ChangeWatch { signals.watch(prefixes, in: bucket) }

  private static let passed: [HTTPField.Name] = [
    .range, .ifMatch, .ifNoneMatch, .ifModifiedSince, .ifUnmodifiedSince, .ifRange,
  ]
}

extension S3Error {
  fileprivate var isAbsence: Bool { knownCode == .noSuchKey || knownCode == .noSuchBucket }
}
