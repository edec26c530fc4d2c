import Core
import ObjectStore
import S3Protocol
import Synchronization

/// A store that calls the test before it reads or writes an object, and counts the parts of jobs that are open.
final class HookedStore: ObjectStore {
  enum Operation { case get, put }
  typealias Hook = @Sendable (_ operation: Operation, _ key: String) async throws -> Void

  private let store: any ObjectStore
  private let hook = Mutex<Hook?>(nil)
  private let open = Mutex<(now: Int, most: Int)>((0, 0))

  init(_ store: any ObjectStore) { self.store = store }

  func before(_ action: Hook?) { hook.withLock { $0 = action } }

  func head(_ key: String, in bucket: String) async throws -> ObjectInfo { try await store.head(key, in: bucket) }

  func get(
    _ key: String, in bucket: String, range: ClosedRange<Int64>?, ifMatch: ETag?
  ) async throws -> (info: ObjectInfo, bytes: [UInt8]) {
    try await hook.withLock { $0 }?(.get, key)
    return try await store.get(key, in: bucket, range: range, ifMatch: ifMatch)
  }

  func put(_ bytes: [UInt8], as key: String, in bucket: String, options: PutOptions) async throws -> ETag {
    try await hook.withLock { $0 }?(.put, key)
    return try await store.put(bytes, as: key, in: bucket, options: options)
  }

  func delete(_ keys: [String], in bucket: String) async throws { try await store.delete(keys, in: bucket) }

  func list(
    bucket: String, prefix: String, startAfter: String?, delimiter: String?, limit: Int
  ) async throws -> ListPage {
    try await store.list(bucket: bucket, prefix: prefix, startAfter: startAfter, delimiter: delimiter, limit: limit)
  }

  func open(_ key: String, in bucket: String, info: ObjectInfo) throws -> any ByteSource {
    let source = try store.open(key, in: bucket, info: info)
    return key.hasSuffix("/source") ? source : CountedSource(source, store: self)
  }

  /// Parts that were open at the same time.
  var mostOpen: Int { open.withLock { $0.most } }

  fileprivate func count(_ change: Int) {
    open.withLock { open in
      open.now += change
      open.most = max(open.most, open.now)
    }
  }
}

/// Open until it is released.
private final class CountedSource: ByteSource {
  private let source: any ByteSource
  private let store: HookedStore

  init(_ source: any ByteSource, store: HookedStore) {
    self.source = source
    self.store = store
    store.count(1)
  }

  deinit { store.count(-1) }

  var size: Int64 { source.size }

  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    try source.read(at: offset, into: buffer)
  }

  func close() { source.close() }
}
