import Checksums
import Encodings
package import FoundationEssentials
import GRDB
import NIOPosix
import Core
package import S3Protocol
package import S3Storage

extension FileObjectBackend {
  package func createUpload(_ upload: UploadCreation) async throws -> String {
    let id = RequestID.make().filter { $0 != "-" }
    let detail = UploadDetail(
      attributes: upload.attributes, checksumAlgorithm: upload.checksum?.algorithm.rawValue,
      checksumKind: upload.checksum?.kind.rawValue, isDefaultChecksum: upload.checksum?.isDefault == true ? true : nil)
    return try await database.write { db in
      let bucket = try ObjectTables(db).bucket(upload.address.bucket)
      try db.execute(
        sql: "INSERT INTO uploads (id, bucket, key, created, detail) VALUES (?, ?, ?, ?, ?)",
        arguments: [
          id, bucket.id, Data(upload.address.key.utf8), upload.time.millisecondsSince1970,
          Data(try JSON.encode(detail)),
        ])
      return id
    }
  }

  package func upload(_ id: String, of address: ObjectAddress) async throws -> UploadRecord {
    try await database.read { db in try ObjectTables(db).upload(id, of: address) }
  }

  package func putPart(
    _ number: Int, of upload: UploadRecord, at time: Date, body: UploadBody
  ) async throws -> PartRecord {
    try await receive(body) { [self] digests, fresh in try store(number, of: upload, at: time, digests, fresh) }
  }

  package func copyPart(
    _ number: Int, of upload: UploadRecord, at time: Date, from source: any OpenObject, range: Range<Int64>?
  ) async throws -> PartRecord {
    if range == nil, let part = try await linked(source, number, of: upload, at: time) { return part }
    return try await duplicate(
      source, range: range ?? 0..<source.record.size, checksum: upload.checksum?.algorithm
    ) { [self] digests, fresh in try store(number, of: upload, at: time, digests, fresh) }
  }

  /// An object whose bytes are one file becomes a part by a second name, if all that is known of a part is known of it. Nil:
  /// it has to be copied.
  private func linked(
    _ source: any OpenObject, _ number: Int, of upload: UploadRecord, at time: Date
  ) async throws -> PartRecord? {
    let record = source.record
    guard let file = (source as? FileObject)?.onlyFile, record.parts.isEmpty, !record.etag.value.contains("-"),
      let md5 = Hex.decode(record.etag.value), md5.count == 16, let checksum = record.checksum,
      checksum.kind == .fullObject, checksum.algorithm == upload.checksum?.algorithm
    else { return nil }
    return try await threadPool.runIfActive { [self] in
      guard let name = try? files.nameAgain(files.path(of: file.name)) else { return nil }
      return try store(
        number, of: upload, at: time, BodyDigests(size: record.size, md5: md5, checksum: checksum),
        [StoredFile(name: name, size: file.size)])
    }
  }

  private func store(
    _ number: Int, of upload: UploadRecord, at time: Date, _ digests: BodyDigests, _ fresh: [StoredFile]
  ) throws -> PartRecord {
    try adopt(fresh) { tables in
      // It may have been completed or aborted while the part came in.
      _ = try tables.upload(upload.id, of: upload.address)
      let old = try tables.parts(of: upload.id, after: number - 1, limit: 1).first { $0.number == number }
      let detail = PartDetail(files: fresh, checksum: digests.checksum)
      let part = ObjectTables.Part(
        number: number, size: digests.size, etag: ETag(md5: digests.md5), modified: time, detail: detail)
      try tables.db.execute(
        sql: "INSERT OR REPLACE INTO parts (upload, number, size, etag, modified, detail) VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [
          upload.id, number, part.size, part.etag.value, time.millisecondsSince1970, Data(detail.json),
        ])
      return Adoption(value: part.record, replaced: old?.detail.files ?? [])
    }
  }

  package func parts(
    of upload: UploadRecord, after: Int, limit: Int
  ) async throws -> (parts: [PartRecord], isTruncated: Bool) {
    try await database.read { db in
      let tables = ObjectTables(db)
      _ = try tables.upload(upload.id, of: upload.address)
      let parts = try tables.parts(of: upload.id, after: after, limit: limit + 1)
      return (parts.prefix(limit).map(\.record), limit > 0 && parts.count > limit)
    }
  }

  /// The parts' files become the object's, in order: no byte is copied, so that completing is one transaction.
  package func completeUpload(
    _ upload: UploadRecord, if conditions: Preconditions, cause: ObjectChange.Cause,
    assemble: @escaping @Sendable (_ stored: [PartRecord]) throws -> Assembly
  ) async throws -> ObjectRecord {
    let record = try await threadPool.runIfActive { [self] in
      try adopt([]) { tables in
        _ = try tables.upload(upload.id, of: upload.address)
        let bucket = try tables.bucket(upload.address.bucket)
        let stored = try tables.deleteUpload(upload.id)
        let assembly = try assemble(stored.map(\.record))
        let old = try tables.object(upload.address.key, in: bucket)
        if let error = conditions.evaluateWrite(existing: old?.etag, lastModified: old?.modified) { throw error }

        let byNumber = Dictionary(uniqueKeysWithValues: stored.map { ($0.number, $0.detail.files) })
        let chosen = Set(assembly.parts.map(\.number))
        let detail = ObjectDetail(
          files: assembly.parts.flatMap { byNumber[$0.number] ?? [] }, attributes: upload.attributes,
          checksum: assembly.checksum,
          parts: assembly.parts.map { ObjectPart(number: $0.number, size: $0.size, checksum: $0.checksum) },
          uploadID: upload.id)
        let object = ObjectTables.Object(
          key: upload.address.key, size: assembly.parts.reduce(0) { $0 + $1.size }, etag: assembly.etag,
          modified: cause.time, detail: detail)
        try tables.store(object, in: bucket)
        try announce(
          tables, bucket: bucket, key: object.key, size: object.size, etag: object.etag.value, cause: cause)
        let unused = stored.filter { !chosen.contains($0.number) }.flatMap(\.detail.files)
        return Adoption(value: object.record(upload.address), replaced: unused + (old?.detail.files ?? []))
      }
    }
    watches.changed(upload.address.bucket, [upload.address.key])
    return record
  }

  package func abortUpload(_ id: String, of address: ObjectAddress) async throws {
    let parts = try await database.write { db in
      let tables = ObjectTables(db)
      _ = try tables.upload(id, of: address)
      return try tables.deleteUpload(id).flatMap(\.detail.files)
    }
    await removeLater(parts)
  }

  /// Aborts every upload that was begun before this moment.
  ///
  /// - Returns: how many there were.
  package func expireUploads(begunBefore moment: Date) async throws -> Int {
    let ids = try await database.read { db in
      try String.fetchAll(
        db, sql: "SELECT id FROM uploads WHERE created < ?", arguments: [moment.millisecondsSince1970])
    }
    // One by one: thousands of parts in one transaction would keep all others waiting.
    for id in ids {
      // Of one that was completed or aborted meanwhile there are no parts left.
      let parts = try await database.write { db in try ObjectTables(db).deleteUpload(id).flatMap(\.detail.files) }
      await removeLater(parts)
    }
    return ids.count
  }

  package func uploads(
    _ query: UploadQuery, in bucket: String
  ) async throws -> (uploads: [UploadRecord], isTruncated: Bool) {
    try await database.read { db in
      let bucket = try ObjectTables(db).bucket(bucket)
      // After the marker's upload in the order of the list; without an upload, after all uploads of the marker's key.
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT id, key, created, detail FROM uploads
          WHERE bucket = :bucket AND key >= :prefix AND (:upper IS NULL OR key < :upper)
            AND (:marker IS NULL OR key > :marker OR (key = :marker AND (created, id) >
              (SELECT created, id FROM uploads WHERE id = :id)))
          ORDER BY key, created, id LIMIT :limit
          """,
        arguments: [
          "bucket": bucket.id, "prefix": Data(query.prefix.utf8),
          "upper": query.prefix.isEmpty
            ? nil : ListingPlan.successor(ofPrefix: query.prefix).map { Data($0.utf8) },
          "marker": query.keyMarker.map { Data($0.utf8) }, "id": query.uploadIDMarker, "limit": query.limit + 1,
        ])
      let uploads = try rows.prefix(query.limit).map { row in
        let key = String(decoding: row[1] as Data, as: UTF8.self)
        return try ObjectTables.record(
          row[0], ObjectAddress(bucket: bucket.name, key: key), created: row[2], detail: row[3])
      }
      return (uploads, query.limit > 0 && rows.count > query.limit)
    }
  }
}
