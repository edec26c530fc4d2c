package import Core
package import ObjectStore
package import S3Protocol
import Synchronization

/// A store that counts what is asked of it, and calls the test before it carries out an operation.
package final class ObservedStore: ObjectStore {
  package enum Operation: Sendable { case head, get, put, delete, list }

  package struct Counts: Sendable {
    package var requests = 0
    /// `head` and `get`.
    package var reads = 0
    /// `put`, also those that fail.
    package var writes = 0
    /// Objects written.
    package var written = 0
    /// Keys and common prefixes that listings returned.
    package var listedKeys = 0
    /// Sources that were open at the same time.
    package var mostOpen = 0
    fileprivate var open = 0
  }

  package typealias Hook = @Sendable (_ operation: Operation, _ key: String) async throws -> Void

  private let base: any ObjectStore
  private let counted = Mutex(Counts())
  private let hook = Mutex<Hook?>(nil)
  private let countsOpening: @Sendable (_ key: String) -> Bool

  /// - Parameter countsOpening: which sources `mostOpen` is about. Default: all.
  package init(_ base: any ObjectStore, countsOpening: @escaping @Sendable (_ key: String) -> Bool = { _ in true }) {
    self.base = base
    self.countsOpening = countsOpening
  }

  /// So far.
  package var counts: Counts { counted.withLock { $0 } }

  /// - Parameter action: called before each operation with its key (of a listing: its prefix); what it throws, the
  ///   operation throws. `nil`: none.
  package func before(_ action: Hook?) { hook.withLock { $0 = action } }

  private func announce(_ operation: Operation, _ keys: [String]) async throws -> any ObjectStore {
    counted.withLock { counts in
      counts.requests += 1
      switch operation {
      case .head, .get: counts.reads += 1
      case .put: counts.writes += 1
      case .delete, .list: break
      }
    }
    if let action = hook.withLock({ $0 }) { for key in keys { try await action(operation, key) } }
    return base
  }

  package func head(_ key: String, in bucket: String) async throws -> ObjectInfo {
    try await announce(.head, [key]).head(key, in: bucket)
  }

  package func get(
    _ key: String, in bucket: String, range: ClosedRange<Int64>?, ifMatch: ETag?
  ) async throws -> (info: ObjectInfo, bytes: [UInt8]) {
    try await announce(.get, [key]).get(key, in: bucket, range: range, ifMatch: ifMatch)
  }

  package func put(_ bytes: [UInt8], as key: String, in bucket: String, options: PutOptions) async throws -> ETag {
    let etag = try await announce(.put, [key]).put(bytes, as: key, in: bucket, options: options)
    counted.withLock { $0.written += 1 }
    return etag
  }

  package func delete(_ keys: [String], in bucket: String) async throws {
    try await announce(.delete, keys).delete(keys, in: bucket)
  }

  package func list(
    bucket: String, prefix: String, startAfter: String?, delimiter: String?, limit: Int
  ) async throws -> ListPage {
    let page = try await announce(.list, [prefix]).list(
      bucket: bucket, prefix: prefix, startAfter: startAfter, delimiter: delimiter, limit: limit)
    counted.withLock { $0.listedKeys += page.objects.count + page.commonPrefixes.count }
    return page
  }

  package func open(_ key: String, in bucket: String, info: ObjectInfo) throws -> any ByteSource {
    let source = try base.open(key, in: bucket, info: info)
    return countsOpening(key) ? CountedSource(source, store: self) : source
  }

  fileprivate func count(opened change: Int) {
    counted.withLock { counts in
      counts.open += change
      counts.mostOpen = max(counts.mostOpen, counts.open)
    }
  }
}

/// Open until it is released.
private final class CountedSource: ByteSource {
  private let source: any ByteSource
  private let store: ObservedStore

  init(_ source: any ByteSource, store: ObservedStore) {
    self.source = source
    self.store = store
    store.count(opened: 1)
  }

  deinit { store.count(opened: -1) }

  var size: Int64 { source.size }

  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    try source.read(at: offset, into: buffer)
  }

  func close() { source.close() }
}
