package import Core
package import S3Protocol

/// Buckets of objects, with S3's meaning of every operation: an S3-compatible service or a folder.
///
/// Calls retry what a retry can help; what they throw is an `ObjectStoreError`, or `CancellationError`.
package protocol ObjectStore: Sendable {
  /// - Throws: `NoSuchKey`, `NoSuchBucket`, …
  func head(_ key: String, in bucket: String) async throws -> ObjectInfo

  /// Fetches an object into memory.
  ///
  /// - Parameters:
  ///   - key: of the object.
  ///   - bucket: must exist.
  ///   - range: byte offsets, both included; `nil` for all. May reach beyond the end, must not begin there.
  ///   - ifMatch: only if the object still has this ETag.
  /// - Returns: the bytes, and the whole object's size in `info`.
  /// - Throws: `NoSuchKey`, `PreconditionFailed`, `InvalidRange`, …
  func get(
    _ key: String, in bucket: String, range: ClosedRange<Int64>?, ifMatch: ETag?
  ) async throws -> (info: ObjectInfo, bytes: [UInt8])

  /// Writes an object, all of it or nothing.
  ///
  /// - Throws: `PreconditionFailed` where `options` ask for a state the object is not in; `NoSuchKey` for `ifMatch` on
  ///   an object that does not exist.
  func put(_ bytes: [UInt8], as key: String, in bucket: String, options: PutOptions) async throws -> ETag

  /// Writes an object of any size, all of it or nothing, without holding it in memory where the store can do that.
  ///
  /// - Parameters:
  ///   - source: read by a thread of its own.
  ///   - key: of the object.
  ///   - bucket: must exist.
  ///   - options: type, metadata and conditions.
  /// - Throws: as `put` of bytes does, and what `source` throws.
  func put(source: any ByteSource, as key: String, in bucket: String, options: PutOptions) async throws -> ETag

  /// Makes an object of a file that the host of the store holds for this invocation, without sending it.
  ///
  /// - Parameters:
  ///   - address: of the file, as the event names it.
  ///   - key: of the object.
  ///   - bucket: must exist.
  ///   - options: type, metadata and conditions.
  /// - Returns: nil if the store cannot, so that the bytes must be sent.
  /// - Throws: as `put` of bytes does.
  func put(held address: String, as key: String, in bucket: String, options: PutOptions) async throws -> ETag?

  /// Makes an object of bytes and of objects one behind the other, without moving the objects' bytes through this process.
  ///
  /// - Parameters:
  ///   - head: the first bytes, some megabytes at most.
  ///   - pieces: objects of the same bucket; one that was replaced since is an error.
  ///   - key: of the object.
  ///   - bucket: must exist.
  ///   - options: type, metadata and conditions.
  /// - Returns: nil if the store cannot, or not with pieces of these sizes; nothing was written then.
  /// - Throws: as `put` of bytes does.
  func concatenate(
    _ head: [UInt8], _ pieces: [ObjectInfo], as key: String, in bucket: String, options: PutOptions
  ) async throws -> ETag?

  /// Deletes objects, any number of them. One that does not exist is not an error.
  ///
  /// - Throws: the first failure, after everything was tried; its message tells how many more there were.
  func delete(_ keys: [String], in bucket: String) async throws

  /// Deletes an object if it still has this ETag; in one step where the store can.
  ///
  /// - Returns: `false` if it is another one by now, or is gone.
  func delete(_ key: String, in bucket: String, ifMatch etag: ETag) async throws -> Bool

  /// One page of the objects whose key begins with `prefix`, in the order of the keys' UTF-8 bytes.
  ///
  /// - Parameters:
  ///   - bucket: must exist.
  ///   - prefix: empty for all objects.
  ///   - startAfter: only what comes after this key; a former page's `next`.
  ///   - delimiter: keys that contain it after the prefix are not listed but summed up as common prefixes.
  ///   - limit: objects and common prefixes together, 1 … 1,000.
  func list(
    bucket: String, prefix: String, startAfter: String?, delimiter: String?, limit: Int
  ) async throws -> ListPage

  /// Waits, at most `timeout`, until the object is another than it was. Where the store cannot tell, returns at once.
  ///
  /// - Parameters:
  ///   - key: of the object, which need not exist.
  ///   - bucket: must exist.
  ///   - etag: as it was seen last; nil: there was none.
  ///   - timeout: whole seconds, from 1.
  func awaitChange(of key: String, in bucket: String, from etag: ETag?, atMost timeout: Duration) async throws

  /// The object as a source for blocking reads; every read makes sure that it is still the one described by `info`.
  ///
  /// Nothing is fetched before the first read.
  func open(_ key: String, in bucket: String, info: ObjectInfo) throws -> any ByteSource
}

extension ObjectStore {
  /// Every object whose key begins with `prefix`, in the order of the keys' UTF-8 bytes.
  package func listAll(bucket: String, prefix: String) async throws -> [ObjectSummary] {
    var all: [ObjectSummary] = []
    var position: String?
    repeat {
      let page = try await list(bucket: bucket, prefix: prefix, startAfter: position, delimiter: nil, limit: 1000)
      all += page.objects
      position = page.next
    } while position != nil
    return all
  }

  package func awaitChange(
    of key: String, in bucket: String, from etag: ETag?, atMost timeout: Duration
  ) async throws {}

  package func concatenate(
    _ head: [UInt8], _ pieces: [ObjectInfo], as key: String, in bucket: String, options: PutOptions
  ) async throws -> ETag? { nil }

  package func put(
    held address: String, as key: String, in bucket: String, options: PutOptions
  ) async throws -> ETag? { nil }

  package func put(
    source: any ByteSource, as key: String, in bucket: String, options: PutOptions
  ) async throws -> ETag {
    let bytes = try await DedicatedThread.run(name: "upload") {
      var bytes = [UInt8](repeating: 0, count: Int(source.size))
      var filled = 0
      while filled < bytes.count {
        let count = try bytes.withUnsafeMutableBytes { buffer in
          try source.read(at: Int64(filled), into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
        }
        if count == 0 { break }
        filled += count
      }
      return Array(bytes.prefix(filled))
    }
    return try await put(bytes, as: key, in: bucket, options: options)
  }

  package func exists(_ key: String, in bucket: String) async throws -> Bool {
    do {
      _ = try await head(key, in: bucket)
      return true
    } catch let error as ObjectStoreError where error.code == "NoSuchKey" {
      return false
    }
  }

  /// The whole object, whatever its ETag.
  package func get(_ key: String, in bucket: String) async throws -> (info: ObjectInfo, bytes: [UInt8]) {
    try await get(key, in: bucket, range: nil, ifMatch: nil)
  }

  package func put(_ bytes: [UInt8], as key: String, in bucket: String) async throws -> ETag {
    try await put(bytes, as: key, in: bucket, options: PutOptions())
  }

  package func delete(_ key: String, in bucket: String) async throws {
    try await delete([key], in: bucket)
  }

  package func delete(_ key: String, in bucket: String, ifMatch etag: ETag) async throws -> Bool {
    do {
      guard try await head(key, in: bucket).etag == etag else { return false }
    } catch let error as ObjectStoreError where error.httpStatus == 404 {
      return false
    }
    try await delete([key], in: bucket)
    return true
  }
}
