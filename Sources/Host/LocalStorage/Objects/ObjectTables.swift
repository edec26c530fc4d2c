import FoundationEssentials
import GRDB
import Core
import S3Protocol
import S3Storage

/// The statements on the tables of `ObjectSchema`, inside the caller's transaction.
struct ObjectTables {
  let db: Database

  init(_ db: Database) {
    self.db = db
  }

  /// A bucket and its row.
  struct Bucket {
    let id: Int64
    let name: String
  }

  struct Object {
    let key: String
    let size: Int64
    let etag: ETag
    let modified: Date
    var detail: ObjectDetail

    var existing: Preconditions.Existing { .init(etag: etag, lastModified: modified, size: size) }
  }

  // MARK: Buckets

  /// - Throws: `NoSuchBucket`.
  func bucket(_ name: String) throws -> Bucket {
    let statement = try db.cachedStatement(sql: "SELECT id FROM buckets WHERE name = ?")
    guard let id = try Int64.fetchOne(statement, arguments: [name]) else {
      throw S3Error(.noSuchBucket, extra: ["BucketName": name])
    }
    return Bucket(id: id, name: name)
  }

  func document(_ kind: BucketDocument, of bucket: Bucket) throws -> [UInt8]? {
    let statement = try db.cachedStatement(
      sql: "SELECT content FROM bucket_documents WHERE bucket = ? AND kind = ?")
    return try Data.fetchOne(statement, arguments: [bucket.id, kind.rawValue]).map { [UInt8]($0) }
  }

  // MARK: Objects

  func object(_ key: String, in bucket: Bucket) throws -> Object? {
    let statement = try db.cachedStatement(
      sql: "SELECT size, etag, modified, detail FROM objects WHERE bucket = ? AND key = ?")
    return try Row.fetchOne(statement, arguments: [bucket.id, Data(key.utf8)]).map { try Self.object(key, $0) }
  }

  /// What there is at an address, in one statement, which by itself sees the database as of one moment.
  ///
  /// - Throws: `NoSuchBucket`.
  func place(_ address: ObjectAddress) throws -> (bucket: Bucket, object: Object?) {
    let statement = try db.cachedStatement(
      sql: """
        SELECT o.size, o.etag, o.modified, o.detail, b.id
        FROM buckets b LEFT JOIN objects o ON o.bucket = b.id AND o.key = ? WHERE b.name = ?
        """)
    guard let row = try Row.fetchOne(statement, arguments: [Data(address.key.utf8), address.bucket]) else {
      throw S3Error(.noSuchBucket, extra: ["BucketName": address.bucket])
    }
    let object = row.hasNull(atIndex: 0) ? nil : try Self.object(address.key, row)
    return (Bucket(id: row[4], name: address.bucket), object)
  }

  private static func object(_ key: String, _ row: Row) throws -> Object {
    Object(
      key: key, size: row[0], etag: ETag(row[1]), modified: Date(millisecondsSince1970: row[2]),
      detail: try JSON.decode(from: [UInt8](row[3] as Data)))
  }

  func store(_ object: Object, in bucket: Bucket) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO objects (bucket, key, size, etag, modified, detail, class) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (bucket, key) DO UPDATE SET
          size = excluded.size, etag = excluded.etag, modified = excluded.modified, detail = excluded.detail,
          class = excluded.class
        """
    ).execute(arguments: [
      bucket.id, Data(object.key.utf8), object.size, object.etag.value, object.modified.millisecondsSince1970,
      Data(object.detail.json), object.detail.attributes.storageClass,
    ])
  }

  func deleteObject(_ key: String, in bucket: Bucket) throws {
    try db.cachedStatement(sql: "DELETE FROM objects WHERE bucket = ? AND key = ?")
      .execute(arguments: [bucket.id, Data(key.utf8)])
  }

  /// A number greater than all before it, also those of other keys.
  func nextSequence() throws -> Int64 {
    let statement = try db.cachedStatement(sql: "UPDATE object_sequence SET value = value + 1 RETURNING value")
    return try Int64.fetchOne(statement) ?? 0
  }

  // MARK: Files

  /// All files that objects and parts refer to, and how many bytes each has.
  func referencedFiles() throws -> [String: Int64] {
    struct Files: Decodable {
      let files: [StoredFile]
    }
    var sizes: [String: Int64] = [:]
    for table in ["objects", "parts"] {
      let details = try Data.fetchCursor(db, sql: "SELECT detail FROM \(table)")
      while let detail = try details.next() {
        for file in try JSON.decode(Files.self, from: [UInt8](detail)).files { sizes[file.name] = file.size }
      }
    }
    return sizes
  }
}

extension ObjectTables.Object {
  func record(_ address: ObjectAddress) -> ObjectRecord {
    ObjectRecord(
      address: address, size: size, etag: etag, lastModified: modified, attributes: detail.attributes,
      checksum: detail.checksum, parts: detail.parts, uploadID: detail.uploadID)
  }
}
