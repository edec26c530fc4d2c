import Core
import Encodings
import FoundationEssentials
import HTTPGateway
import HTTPServer
import HTTPTypes
import HummingbirdCore
import NIOCore
import ObjectStore
import S3Protocol

/// What answers refer to, in a store elsewhere. It cannot tell of changes, so it is polled.
struct StoreReferences: ReferenceStore {
  let objects: any ObjectStore
  var makersBegan: Date? { nil }

  /// Bytes that are fetched at once.
  private static let block: Int64 = 1 << 20

  func read(_ key: String, in bucket: String, limit: Int) async throws -> StoredBytes? {
    try await present {
      let (info, bytes) = try await objects.get(key, in: bucket)
      return StoredBytes(etag: info.etag.quoted, bytes: ByteBuffer(bytes: bytes))
    }
  }

  func exists(_ key: String, in bucket: String) async throws -> Bool { try await objects.exists(key, in: bucket) }

  func list(_ prefix: String, in bucket: String, limit: Int) async throws -> [(key: String, etag: String)] {
    var found: [(key: String, etag: String)] = []
    var position: String?
    repeat {
      let page = try await objects.list(
        bucket: bucket, prefix: prefix, startAfter: position, delimiter: nil, limit: min(1000, limit - found.count))
      found += page.objects.map { ($0.key, $0.etag.quoted) }
      position = page.next
    } while position != nil && found.count < limit
    return found
  }

  func response(
    to request: Request, context: EndpointContext, key: String, bucket: String, from offset: Int64
  ) async throws -> Response {
    guard let info = try await present({ try await objects.head(key, in: bucket) }) else {
      return Response(status: .notFound)
    }
    var headers = HTTPFields()
    headers.set("content-type", info.contentType ?? "binary/octet-stream")
    headers.set("etag", info.etag.quoted)
    headers.set("last-modified", HTTPDate.format(info.lastModified))
    headers.set("accept-ranges", "bytes")
    var range = min(offset, info.size)..<info.size
    var status = HTTPResponse.Status.ok
    if offset == 0 {
      let preconditions = Preconditions(headers: { request.headers.value($0) })
      if let error = preconditions.evaluateRead(etag: info.etag, lastModified: info.lastModified) {
        return Response(status: .init(code: error.httpStatus), headers: headers)
      }
      if let header = request.headers[.range], request.headers[.ifRange].map({ $0 == info.etag.quoted }) ?? true {
        switch ByteRange.parse(header, size: info.size) {
        case .whole: break
        case .unsatisfiable:
          headers.set("content-range", "bytes */\(info.size)")
          return Response(status: .rangeNotSatisfiable, headers: headers)
        case .range(let bytes):
          range = bytes.lowerBound..<(bytes.upperBound + 1)
          status = .partialContent
          headers.set("content-range", ByteRange.contentRange(bytes, size: info.size))
        }
      }
    }
    let bytes = range
    return Response(
      status: status, headers: headers,
      body: ResponseBody(contentLength: bytes.count) { writer in
        var position = bytes.lowerBound
        while position < bytes.upperBound {
          let end = min(bytes.upperBound, position + Self.block)
          let part = try await objects.get(key, in: bucket, range: position...(end - 1), ifMatch: info.etag)
          guard !part.bytes.isEmpty else { throw RuntimeError("ObjectCut", "'\(bucket)/\(key)' ended too early") }
          try await writer.write(ByteBuffer(bytes: part.bytes))
          position += Int64(part.bytes.count)
        }
        try await writer.finish(nil)
      })
  }

  func hasRoom(_ bytes: Int, at key: String, in bucket: String, context: EndpointContext) async -> Bool {
    do {
      _ = try await objects.put([UInt8](repeating: 0, count: bytes), as: key, in: bucket)
      try await objects.delete(key, in: bucket)
    } catch let error as ObjectStoreError {
      return !error.isStorageFull
    } catch {
      // Nothing is known.
    }
    return true
  }

  func watch(_ prefixes: [String], in bucket: String) -> any ChangeWatch { Poll() }

  private struct Poll: ChangeWatch {
    func wait(atMost timeout: Duration) async { try? await Task.sleep(for: min(timeout, .milliseconds(250))) }
  }

  private func present<Value>(_ body: () async throws -> Value) async throws -> Value? {
    do {
      return try await body()
    } catch let error as ObjectStoreError where error.code == "NoSuchKey" || error.httpStatus == 404 {
      return nil
    }
  }
}
