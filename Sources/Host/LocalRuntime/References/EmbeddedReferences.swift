import LocalStorage
import Core
import FoundationEssentials
import HTTPGateway
import HTTPServer
import HTTPTypes
import HummingbirdCore
import NIOCore
import S3Protocol
import S3Server

/// What answers refer to, in this runtime's own store.
struct EmbeddedReferences: ReferenceStore {
  let backend: FileObjectBackend
  let s3: S3Responder
  let signals: ObjectSignals
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

  func watch(_ prefixes: [String], in bucket: String) -> any ChangeWatch { signals.watch(prefixes, in: bucket) }

  private static let passed: [HTTPField.Name] = [
    .range, .ifMatch, .ifNoneMatch, .ifModifiedSince, .ifUnmodifiedSince, .ifRange,
  ]
}

extension S3Error {
  fileprivate var isAbsence: Bool { knownCode == .noSuchKey || knownCode == .noSuchBucket }
}
