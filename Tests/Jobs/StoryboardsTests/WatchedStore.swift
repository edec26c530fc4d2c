import ObjectStore
import Core
import S3Protocol
import Synchronization

/// A store that counts what is written, and calls the test before it carries out an operation.
final class WatchedStore: ObjectStore {
  private let store: any ObjectStore
  private let writes = Mutex(0)
  private let before = Mutex<(@Sendable (_ operation: String, _ key: String) async throws -> Void)?>(nil)

  init(_ store: any ObjectStore) { self.store = store }

  /// Objects written so far.
  var written: Int { writes.withLock { $0 } }

  func onOperation(_ action: (@Sendable (_ operation: String, _ key: String) async throws -> Void)?) {
    before.withLock { $0 = action }
  }

  private func announce(_ operation: String, _ key: String) async throws {
    try await before.withLock { $0 }?(operation, key)
  }

  func head(_ key: String, in bucket: String) async throws -> ObjectInfo { try await store.head(key, in: bucket) }

  func get(
    _ key: String, in bucket: String, range: ClosedRange<Int64>?, ifMatch: ETag?
  ) async throws -> (info: ObjectInfo, bytes: [UInt8]) {
    try await announce("get", key)
    return try await store.get(key, in: bucket, range: range, ifMatch: ifMatch)
  }

  func put(_ bytes: [UInt8], as key: String, in bucket: String, options: PutOptions) async throws -> ETag {
    try await announce("put", key)
    let etag = try await store.put(bytes, as: key, in: bucket, options: options)
    writes.withLock { $0 += 1 }
    return etag
  }

  func delete(_ keys: [String], in bucket: String) async throws { try await store.delete(keys, in: bucket) }

  func list(
    bucket: String, prefix: String, startAfter: String?, delimiter: String?, limit: Int
  ) async throws -> ListPage {
    try await store.list(bucket: bucket, prefix: prefix, startAfter: startAfter, delimiter: delimiter, limit: limit)
  }

  func open(_ key: String, in bucket: String, info: ObjectInfo) throws -> any ByteSource {
    try store.open(key, in: bucket, info: info)
  }
}
