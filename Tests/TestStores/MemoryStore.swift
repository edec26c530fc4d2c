package import Core
import FoundationEssentials
package import ObjectStore
package import S3Protocol
import Synchronization

/// Objects in memory. They cannot be opened, and are always read whole.
package final class MemoryStore: ObjectStore {
  private struct Stored {
    var bytes: [UInt8]
    var etag: ETag
    var time: Date
  }

  private struct State {
    var objects: [String: Stored] = [:]
    var number = 0
  }

  private let state = Mutex(State())

  package init() {}

  private static func place(_ key: String, _ bucket: String) -> String { "\(bucket)/\(key)" }

  private static func missing(_ key: String) -> ObjectStoreError {
    ObjectStoreError(code: "NoSuchKey", message: "'\(key)' is not there", httpStatus: 404, isRetryable: false)
  }

  private static func info(_ key: String, _ stored: Stored) -> ObjectInfo {
    ObjectInfo(key: key, size: Int64(stored.bytes.count), etag: stored.etag, lastModified: stored.time)
  }

  package func head(_ key: String, in bucket: String) async throws -> ObjectInfo {
    try state.withLock { state in
      guard let stored = state.objects[Self.place(key, bucket)] else { throw Self.missing(key) }
      return Self.info(key, stored)
    }
  }

  package func get(
    _ key: String, in bucket: String, range: ClosedRange<Int64>?, ifMatch: ETag?
  ) async throws -> (info: ObjectInfo, bytes: [UInt8]) {
    try state.withLock { state in
      guard let stored = state.objects[Self.place(key, bucket)] else { throw Self.missing(key) }
      return (Self.info(key, stored), stored.bytes)
    }
  }

  package func put(_ bytes: [UInt8], as key: String, in bucket: String, options: PutOptions) async throws -> ETag {
    try state.withLock { state in
      let existing = state.objects[Self.place(key, bucket)]
      if options.ifMatch != nil, existing == nil { throw Self.missing(key) }
      if options.ifNoneMatch && existing != nil || options.ifMatch != nil && options.ifMatch != existing?.etag {
        throw ObjectStoreError(
          code: "PreconditionFailed", message: "another state", httpStatus: 412, isRetryable: false)
      }
      state.number += 1
      let etag = ETag("\(state.number)")
      state.objects[Self.place(key, bucket)] = Stored(bytes: bytes, etag: etag, time: Date())
      return etag
    }
  }

  package func delete(_ keys: [String], in bucket: String) async throws {
    state.withLock { state in
      for key in keys { state.objects[Self.place(key, bucket)] = nil }
    }
  }

  package func list(
    bucket: String, prefix: String, startAfter: String?, delimiter: String?, limit: Int
  ) async throws -> ListPage {
    state.withLock { state in
      var (summaries, prefixes) = ([ObjectSummary](), [String]())
      let after = startAfter ?? ""
      let place = Self.place("", bucket)
      let keys = state.objects.keys.filter { $0.hasPrefix(place + prefix) }.map { String($0.dropFirst(place.count)) }
        .filter { $0 > after && !(after.hasSuffix("/") && $0.hasPrefix(after)) }.sorted()
      var next: String?
      for key in keys {
        if let last = prefixes.last, key.hasPrefix(last) { continue }
        if summaries.count + prefixes.count == limit {
          next = max(summaries.last?.key ?? "", prefixes.last ?? "")
          break
        }
        if let delimiter, let end = key.dropFirst(prefix.count).firstIndex(of: Character(delimiter)) {
          prefixes.append(String(key[...end]))
        } else {
          let stored = state.objects[place + key]!
          summaries.append(
            ObjectSummary(key: key, etag: stored.etag, size: Int64(stored.bytes.count), lastModified: stored.time))
        }
      }
      return ListPage(objects: summaries, commonPrefixes: prefixes, next: next)
    }
  }

  package func open(_ key: String, in bucket: String, info: ObjectInfo) throws -> any ByteSource {
    throw Self.missing(key)
  }
}
