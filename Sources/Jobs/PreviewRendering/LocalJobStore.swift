import Checksums
package import Core
import Encodings
import FoundationEssentials
import MediaJobs
package import ObjectStore
package import S3Protocol

/// The store of a job without a server: one file stands in for the source bucket, a folder for the output bucket.
package struct LocalJobStore: ObjectStore {
  package static let sourceBucket = "source"

  private let path: [UInt8]
  private let source: ObjectInfo
  private let outputs: any ObjectStore

  /// Reads the whole file once for its ETag (MD5, as a single-part upload would have).
  package init(path: [UInt8], key: String, run: String?, outputs: any ObjectStore) throws {
    let file = try FileByteSource(path: path)
    let digest = MD5Stream()
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var offset: Int64 = 0
    while true {
      let count = try buffer.withUnsafeMutableBytes { try file.read(at: offset, into: $0) }
      if count == 0 { break }
      buffer.withUnsafeBytes { digest.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      offset += Int64(count)
    }
    self.path = path
    self.outputs = outputs
    source = ObjectInfo(
      key: key, size: file.size, etag: ETag(digest.finalize().hexString), lastModified: Date(), contentType: nil,
      metadata: run.map { [SourceVersion.runMetadata: $0] } ?? [:])
  }

  package func head(_ key: String, in bucket: String) async throws -> ObjectInfo {
    bucket == Self.sourceBucket ? source : try await outputs.head(key, in: bucket)
  }

  package func open(_ key: String, in bucket: String, info: ObjectInfo) throws -> any ByteSource {
    bucket == Self.sourceBucket ? try FileByteSource(path: path) : try outputs.open(key, in: bucket, info: info)
  }

  package func get(
    _ key: String, in bucket: String, range: ClosedRange<Int64>?, ifMatch: ETag?
  ) async throws -> (info: ObjectInfo, bytes: [UInt8]) {
    try await outputs.get(key, in: bucket, range: range, ifMatch: ifMatch)
  }

  package func put(_ bytes: [UInt8], as key: String, in bucket: String, options: PutOptions) async throws -> ETag {
    try await outputs.put(bytes, as: key, in: bucket, options: options)
  }

  package func delete(_ keys: [String], in bucket: String) async throws {
    try await outputs.delete(keys, in: bucket)
  }

  package func list(
    bucket: String, prefix: String, startAfter: String?, delimiter: String?, limit: Int
  ) async throws -> ListPage {
    try await outputs.list(bucket: bucket, prefix: prefix, startAfter: startAfter, delimiter: delimiter, limit: limit)
  }
}
