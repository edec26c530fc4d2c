package import LocalStorage
import NIOPosix
import Core
import Encodings
import FoundationEssentials
import HTTPServer
import HTTPTypes
package import Hummingbird
import NIOCore
import S3Protocol
import S3Server
import S3Storage

/// `GET /api/objects`: a page of a bucket, newest first, each object with what one JSON document says of it, so that a page
/// that shows sixty objects asks once.
///
/// Query: `bucket`; `limit` (1 ... 200, default 60); `after`, a former page's `next`. If `documents` names a bucket and
/// `document` a name, an object `KEY` comes with the members `fields` (separated by commas) of `KEY/NAME` there; `strip` is an
/// extension that is taken off `KEY` first.
package struct NewestObjects: Sendable {
  package let backend: FileObjectBackend
  package let readable: Set<String>

  package init(backend: FileObjectBackend, readable: Set<String>) {
    self.backend = backend
    self.readable = readable
  }

  /// A document that is larger is left out.
  private static let largestDocument = 4 << 20
  private static let readers = 8

  private struct Answer: Encodable {
    struct Item: Encodable {
      var key: String
      var size: Int64
      var etag: String
      /// Milliseconds since 1970.
      var modified: Int64
      var document: JSONValue?
    }

    var objects: [Item]
    var next: String?
  }

  /// Where an object's document is.
  private struct Documents {
    var bucket: String
    var name: String
    var strip: String?
    var fields: [String]

    func address(of key: String) -> ObjectAddress {
      let folder =
        strip.flatMap { key.hasSuffix($0) && key.count > $0.count ? String(key.dropLast($0.count)) : nil } ?? key
      return ObjectAddress(bucket: bucket, key: "\(folder)/\(name)")
    }
  }

  package func respond(to request: Request) async throws -> Response {
    let query = request.uri.queryParameters
    let bucket = try allowed(query["bucket"].map(String.init))
    let limit = try request.number("limit", default: 60, in: 1...200)
    let position = try query["after"].map { try self.position(String($0)) }
    var documents: Documents?
    if let name = query["document"].map(String.init) {
      documents = Documents(
        bucket: try allowed(query["documents"].map(String.init)), name: name, strip: query["strip"].map(String.init),
        fields: query["fields"].map { $0.split(separator: ",").map(String.init) } ?? [])
    }
    let objects: [ObjectSummary]
    do {
      objects = try await backend.newest(in: bucket, after: position, limit: limit)
    } catch let error as S3Error {
      throw HTTPError(.notFound, message: error.message)
    }
    let found = try await contents(objects, documents)
    var answer = Answer(objects: [], next: nil)
    for (index, object) in objects.enumerated() {
      answer.objects.append(
        .init(
          key: object.key, size: object.size, etag: object.etag.value,
          modified: object.lastModified.millisecondsSince1970, document: found[index]))
    }
    if objects.count == limit, let last = objects.last {
      answer.next = "\(last.lastModified.millisecondsSince1970).\(Array(last.key.utf8).hexString)"
    }
    return Response(
      status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSON.encode(answer))))
  }

  private func contents(_ objects: [ObjectSummary], _ documents: Documents?) async throws -> [Int: JSONValue] {
    guard let documents else { return [:] }
    return try await withThrowingTaskGroup(of: (Int, JSONValue?).self) { group in
      var (found, waiting) = ([Int: JSONValue](), objects.enumerated().makeIterator())
      func add() {
        guard let (index, object) = waiting.next() else { return }
        group.addTask { (index, try await content(documents.address(of: object.key), documents.fields)) }
      }
      for _ in 0..<Self.readers { add() }
      while let (index, value) = try await group.next() {
        found[index] = value
        add()
      }
      return found
    }
  }

  private func content(_ address: ObjectAddress, _ fields: [String]) async throws -> JSONValue? {
    guard let bytes = try await backend.whole(address, atMost: Self.largestDocument) else { return nil }
    return try await backend.threadPool.runIfActive {
      guard let all = (try? JSON.decode(JSONValue.self, from: bytes))?.objectValue else { return nil }
      return .object(all.filter { fields.contains($0.key) })
    }
  }

  private func allowed(_ bucket: String?) throws -> String {
    guard let bucket, readable.contains(bucket) else {
      throw HTTPError(.forbidden, message: "the pages may not read the bucket '\(bucket ?? "")'")
    }
    return bucket
  }

  private func position(_ text: String) throws -> FileObjectBackend.NewestPosition {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let modified = Int64(parts[0]), let key = Hex.decode(String(parts[1])) else {
      throw HTTPError(.badRequest, message: "'after' must be the 'next' of a former page")
    }
    return .init(modified: modified, key: String(decoding: key, as: UTF8.self))
  }
}
