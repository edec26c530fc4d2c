import Core
import ObjectStore
import S3Protocol
import Synchronization

/// A store that counts its requests.
final class CountingStore: ObjectStore {
  private let base: any ObjectStore
  private let count = Mutex(0)

  init(_ base: any ObjectStore) { self.base = base }

  var requests: Int { count.withLock { $0 } }

  private func counted() -> any ObjectStore {
    count.withLock { $0 += 1 }
    return base
  }

  func head(_ key: String, in bucket: String) async throws -> ObjectInfo {
    try await counted().head(key, in: bucket)
  }

  func get(
    _ key: String, in bucket: String, range: ClosedRange<Int64>?, ifMatch: ETag?
  ) async throws -> (info: ObjectInfo, bytes: [UInt8]) {
    try await counted().get(key, in: bucket, range: range, ifMatch: ifMatch)
  }

  func put(_ bytes: [UInt8], as key: String, in bucket: String, options: PutOptions) async throws -> ETag {
    try await counted().put(bytes, as: key, in: bucket, options: options)
  }

  func delete(_ keys: [String], in bucket: String) async throws { try await counted().delete(keys, in: bucket) }

  func list(
    bucket: String, prefix: String, startAfter: String?, delimiter: String?, limit: Int
  ) async throws -> ListPage {
    try await counted().list(
      bucket: bucket, prefix: prefix, startAfter: startAfter, delimiter: delimiter, limit: limit)
  }

  func open(_ key: String, in bucket: String, info: ObjectInfo) throws -> any ByteSource {
    try counted().open(key, in: bucket, info: info)
  }
}

extension Sequence {
  func asyncMap<Value>(_ body: (Element) async throws -> Value) async rethrows -> [Value] {
    var values: [Value] = []
    for element in self { values.append(try await body(element)) }
    return values
  }
}
