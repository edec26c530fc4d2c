import Core
import ObjectStore
import S3Protocol
import Synchronization

/// A store that calls the test before it writes an object.
final class HookedStore: ObjectStore {
  typealias Hook = @Sendable (_ key: String) async throws -> Void

  private let store: any ObjectStore
  private let hook = Mutex<Hook?>(nil)

  init(_ store: any ObjectStore) { self.store = store }

  func beforeWriting(_ action: Hook?) { hook.withLock { $0 = action } }

  func head(_ key: String, in bucket: String) async throws -> ObjectInfo { try await store.head(key, in: bucket) }

  func get(
    _ key: String, in bucket: String, range: ClosedRange<Int64>?, ifMatch: ETag?
  ) async throws -> (info: ObjectInfo, bytes: [UInt8]) {
    try await store.get(key, in: bucket, range: range, ifMatch: ifMatch)
  }

  func put(_ bytes: [UInt8], as key: String, in bucket: String, options: PutOptions) async throws -> ETag {
    try await hook.withLock { $0 }?(key)
    return try await store.put(bytes, as: key, in: bucket, options: options)
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
