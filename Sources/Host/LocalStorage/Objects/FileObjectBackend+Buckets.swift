package import FoundationEssentials
import GRDB
import Core
import S3Protocol
package import S3Storage
import Synchronization

extension FileObjectBackend {
  package func buckets() async throws -> [BucketRecord] {
    try await database.read { db in
      try Row.fetchAll(db, sql: "SELECT name, created FROM buckets ORDER BY name").map { row in
        BucketRecord(name: row[0], created: Date(millisecondsSince1970: row[1]))
      }
    }
  }

  package func bucket(_ name: String) async throws -> BucketRecord {
    try await database.read { db in
      let bucket = try ObjectTables(db).bucket(name)
      let created = try Int64.fetchOne(db, sql: "SELECT created FROM buckets WHERE id = ?", arguments: [bucket.id])
      return BucketRecord(name: name, created: Date(millisecondsSince1970: created ?? 0))
    }
  }

  package func createBucket(_ name: String, at time: Date) async throws -> Bool {
    try await database.write { db in
      try db.execute(
        sql: "INSERT INTO buckets (name, created) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
        arguments: [name, time.millisecondsSince1970])
      return db.changesCount > 0
    }
  }

  package func deleteBucket(_ name: String) async throws {
    let parts = try await database.write { db in
      let tables = ObjectTables(db)
      let bucket = try tables.bucket(name)
      let holdsObject = try Bool.fetchOne(
        db, sql: "SELECT EXISTS (SELECT 1 FROM objects WHERE bucket = ?)", arguments: [bucket.id])
      if holdsObject == true { throw S3Error(.bucketNotEmpty, extra: ["BucketName": name]) }
      let uploads = try String.fetchAll(db, sql: "SELECT id FROM uploads WHERE bucket = ?", arguments: [bucket.id])
      let parts = try uploads.flatMap { try tables.deleteUpload($0).flatMap(\.detail.files) }
      try db.execute(sql: "DELETE FROM buckets WHERE id = ?", arguments: [bucket.id])
      return parts
    }
    lifecycles.withLock { $0[name] = nil }
    await removeLater(parts)
  }

  package func document(_ kind: BucketDocument, of bucket: String) async throws -> [UInt8]? {
    try await database.read { db in
      let tables = ObjectTables(db)
      return try tables.document(kind, of: tables.bucket(bucket))
    }
  }

  package func setDocument(_ kind: BucketDocument, of bucket: String, to document: [UInt8]?) async throws {
    defer { if kind == .lifecycle { lifecycles.withLock { $0[bucket] = nil } } }
    try await database.write { db in
      let bucket = try ObjectTables(db).bucket(bucket)
      if let document {
        try db.execute(
          sql: "INSERT OR REPLACE INTO bucket_documents (bucket, kind, content) VALUES (?, ?, ?)",
          arguments: [bucket.id, kind.rawValue, Data(document)])
      } else {
        try db.execute(
          sql: "DELETE FROM bucket_documents WHERE bucket = ? AND kind = ?", arguments: [bucket.id, kind.rawValue])
      }
    }
  }
}
