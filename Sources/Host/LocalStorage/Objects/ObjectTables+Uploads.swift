import Checksums
import FoundationEssentials
import GRDB
import Core
import S3Protocol
import S3Storage

extension ObjectTables {
  struct Part {
    let number: Int
    let size: Int64
    let etag: ETag
    let modified: Date
    let detail: PartDetail

    var record: PartRecord {
      PartRecord(number: number, size: size, etag: etag, checksum: detail.checksum, lastModified: modified)
    }
  }

  /// - Throws: `NoSuchUpload`, also where the upload is another object's.
  func upload(_ id: String, of address: ObjectAddress) throws -> UploadRecord {
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT u.created, u.detail FROM uploads u JOIN buckets b ON b.id = u.bucket
        WHERE u.id = ? AND b.name = ? AND u.key = ?
        """, arguments: [id, address.bucket, Data(address.key.utf8)])
    guard let row else { throw S3Error(.noSuchUpload, extra: ["UploadId": id]) }
    return try Self.record(id, address, created: row[0], detail: row[1])
  }

  static func record(_ id: String, _ address: ObjectAddress, created: Int64, detail: Data) throws -> UploadRecord {
    let detail = try JSON.decode(UploadDetail.self, from: [UInt8](detail))
    var checksum: UploadChecksum?
    if let algorithm = detail.checksumAlgorithm.flatMap(ChecksumAlgorithm.init),
      let kind = detail.checksumKind.flatMap(ObjectChecksums.Kind.init)
    {
      checksum = UploadChecksum(
        algorithm: algorithm, kind: kind, isDefault: detail.isDefaultChecksum ?? false)
    }
    return UploadRecord(
      id: id, address: address, attributes: detail.attributes, checksum: checksum,
      created: Date(millisecondsSince1970: created))
  }

  func parts(of upload: String, after: Int = 0, limit: Int = Multipart.maximumParts) throws -> [Part] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT number, size, etag, modified, detail FROM parts WHERE upload = ? AND number > ? ORDER BY number LIMIT ?
        """, arguments: [upload, after, limit]
    ).map { row in
      Part(
        number: row[0], size: row[1], etag: ETag(row[2]), modified: Date(millisecondsSince1970: row[3]),
        detail: try JSON.decode(from: [UInt8](row[4] as Data)))
    }
  }

  /// - Returns: the parts that went with it.
  func deleteUpload(_ id: String) throws -> [Part] {
    let parts = try parts(of: id)
    try db.execute(sql: "DELETE FROM uploads WHERE id = ?", arguments: [id])
    return parts
  }
}
