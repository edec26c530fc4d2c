import Core
import FoundationEssentials
import GRDB
import NIOCore
import NIOPosix
package import S3Protocol
package import S3Storage

extension FileObjectBackend {
  /// Where a listing by time goes on: behind this object.
  package struct NewestPosition: Sendable, Equatable {
    /// Milliseconds since 1970.
    package var modified: Int64
    package var key: String

    package init(modified: Int64, key: String) {
      self.modified = modified
      self.key = key
    }
  }

  /// Objects of a bucket, those written last first. S3 lists by key only; this is for pages, which show what is new.
  ///
  /// Reads the bucket's rows once: 10,000 take some ten milliseconds on a thread of the pool.
  ///
  /// - Parameter limit: 1 ... 1,000.
  /// - Throws: `NoSuchBucket`.
  package func newest(in bucket: String, after position: NewestPosition?, limit: Int) async throws -> [ObjectSummary] {
    try await readers.runIfActive { [self] in
      try database.readBlocking { db in
        let bucket = try ObjectTables(db).bucket(bucket)
        let statement = try db.cachedStatement(
          sql: """
            SELECT key, size, etag, modified FROM objects
            WHERE bucket = ? AND (modified, key) < (?, ?) ORDER BY modified DESC, key DESC LIMIT ?
            """)
        let (modified, key) = (position?.modified ?? .max, Data((position?.key ?? "").utf8))
        return try Row.fetchAll(statement, arguments: [bucket.id, modified, key, limit]).map { row in
          ObjectSummary(
            key: String(decoding: row[0] as Data, as: UTF8.self), etag: ETag(row[2]), size: row[1],
            lastModified: Date(millisecondsSince1970: row[3]))
        }
      }
    }
  }

  /// A small object whole; nil if it does not exist or is larger.
  package func whole(_ address: ObjectAddress, atMost limit: Int) async throws -> [UInt8]? {
    let object: any OpenObject
    do {
      object = try await open(address, expecting: { record in record.size > Int64(limit) ? nil : 0..<record.size })
    } catch let error as S3Error where error.code == S3ErrorCode.noSuchKey.rawValue {
      return nil
    }
    guard object.record.size <= Int64(limit) else { return nil }
    var bytes: [UInt8] = []
    while bytes.count < Int(object.record.size) {
      let block = try await object.read(at: Int64(bytes.count), count: Int(object.record.size) - bytes.count)
      guard block.readableBytes > 0 else { return nil }
      bytes += Array(block.readableBytesView)
    }
    return bytes
  }
}
