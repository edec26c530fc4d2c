package import Core
package import S3Protocol

/// A folder as an object store: one folder per bucket in it, one file per object, under the object's key where that can
/// be a path (`KeyPath`).
///
/// Buckets need not be made: one without a folder is empty. A condition on a write holds against every other write of
/// the same `FolderStore`, and against conditional writes of other processes. Other than S3, a folder cannot hold both `a` and `a/b` (`KeyConflictsWithFolder`), and it
/// keeps no `Cache-Control`.
package final class FolderStore: ObjectStore {
  private let folder: Folder

  /// - Parameter root: need not exist.
  package init(root: String) {
    folder = Folder(root: root)
  }

  package func head(_ key: String, in bucket: String) async throws -> ObjectInfo {
    try await run { try $0.head(key, in: bucket) }
  }

  package func get(
    _ key: String, in bucket: String, range: ClosedRange<Int64>?, ifMatch: ETag?
  ) async throws -> (info: ObjectInfo, bytes: [UInt8]) {
    try await run { try $0.get(key, in: bucket, range: range, ifMatch: ifMatch) }
  }

  package func put(
    _ bytes: [UInt8], as key: String, in bucket: String, options: PutOptions
  ) async throws -> ETag {
    try await run { try $0.put(bytes, as: key, in: bucket, options: options) }
  }

  package func delete(_ keys: [String], in bucket: String) async throws {
    try await run { folder in
      for key in keys { try folder.delete(key, in: bucket) }
    }
  }

  package func list(
    bucket: String, prefix: String, startAfter: String?, delimiter: String?, limit: Int
  ) async throws -> ListPage {
    try await run {
      try $0.list(bucket: bucket, prefix: prefix, startAfter: startAfter, delimiter: delimiter, limit: limit)
    }
  }

  package func open(_ key: String, in bucket: String, info: ObjectInfo) throws -> any ByteSource {
    FolderByteSource(size: info.size) { [folder] in try folder.open(key, in: bucket, version: info.etag) }
  }

  private func run<Value: Sendable>(_ work: @escaping @Sendable (Folder) throws -> Value) async throws -> Value {
    try await DedicatedThread.run(name: "folder") { [folder] in try work(folder) }
  }
}
