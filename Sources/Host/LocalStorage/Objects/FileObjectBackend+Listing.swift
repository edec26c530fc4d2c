import FoundationEssentials
import GRDB
import NIOPosix
import Core
package import S3Protocol
import S3Storage

extension FileObjectBackend {
  package func list(_ query: ListingQuery, in bucket: String) async throws -> ListingPage<ObjectSummary> {
    // On a thread of ours: the database's own way of not blocking hands a read from queue to queue.
    try await readers.runIfActive { [self] in
      try database.readBlocking { db in try page(of: query, in: bucket, db) }
    }
  }

  private func page(
    of query: ListingQuery, in bucket: String, _ db: Database
  ) throws -> ListingPage<ObjectSummary> {
    let bucket = try ObjectTables(db).bucket(bucket)
    return try ListingPlan.page(of: query, key: \.key) { start, limit in
      let statement = try db.cachedStatement(
        sql: """
          SELECT key, size, etag, modified, class FROM objects
          WHERE bucket = ? AND key \(start.isIncluded ? ">=" : ">") ? ORDER BY key LIMIT ?
          """)
      return try Row.fetchAll(statement, arguments: [bucket.id, Data(start.key.utf8), limit]).map { row in
        ObjectSummary(
          key: String(decoding: row[0] as Data, as: UTF8.self), etag: ETag(row[2]), size: row[1],
          lastModified: Date(millisecondsSince1970: row[3]), storageClass: row[4] ?? "STANDARD")
      }
    }
  }
}
