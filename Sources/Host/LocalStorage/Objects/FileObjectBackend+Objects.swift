package import Checksums
import Encodings
import FoundationEssentials
import GRDB
import NIOPosix
import Core
package import S3Protocol
package import S3Storage

extension FileObjectBackend {
  /// Look-up, opening and the first read are one job on one thread: for a small read, handing it from thread to thread
  /// would cost more than all of them.
  package func open(
    _ address: ObjectAddress, expecting: @escaping @Sendable (_ record: ObjectRecord) -> Range<Int64>?
  ) async throws -> any OpenObject {
    // An object that is replaced between the look-up and the opening of its file has a successor: look again. That it
    // happens every time means something else is wrong.
    for _ in 0..<16 {
      let object = try await readers.runIfActive { [database, files, threadPool, readers] in
        let row = try database.readStatementBlocking { db in try ObjectTables(db).place(address).object }
        guard let row else { throw S3Error(.noSuchKey, extra: ["Key": address.key]) }
        guard let object = try FileObject(row, at: address, files: files, threadPool: threadPool, readers: readers)
        else {
          return FileObject?.none
        }
        if let range = expecting(object.record) { try object.prefetch(range) }
        return object
      }
      if let object { return object }
    }
    throw S3Error(.internalError, message: "The bytes of this object are not there.", resource: address.resource)
  }

  package func watch(_ address: ObjectAddress) -> (any ObjectWatch)? { watches.watch(address) }

  package func admitWrite(to address: ObjectAddress, if conditions: Preconditions) async throws {
    try await database.read { db in
      let tables = ObjectTables(db)
      let bucket = try tables.bucket(address.bucket)
      guard conditions.isConditional else { return }
      let existing = try tables.object(address.key, in: bucket)
      if let error = conditions.evaluateWrite(existing: existing?.etag, lastModified: existing?.modified) {
        throw error
      }
    }
  }

  package func put(_ write: ObjectWrite, body: UploadBody) async throws -> ObjectRecord {
    try await receive(body) { [self] digests, fresh in try store(write, digests, fresh) }
  }

  package func adopt(_ file: HeldFile, as write: ObjectWrite) async throws -> ObjectRecord {
    try await threadPool.runIfActive { [self] in
      let name: String
      do throws(StorageError) {
        name = try files.nameAgain(file.path, farewell: file.release)
      } catch {
        throw S3Error(.notImplemented, message: "The file cannot be taken over: \(error.message)")
      }
      return try store(
        write, size: file.size, etag: ETag(sha256: file.sha256),
        checksum: StoredChecksum(algorithm: .sha256, value: Base64.encode(file.sha256)),
        [StoredFile(name: name, size: file.size)])
    }
  }

  package func copy(
    _ source: any OpenObject, as write: ObjectWrite, checksum: ChecksumAlgorithm?
  ) async throws -> ObjectRecord {
    let algorithm = checksum ?? source.record.checksum?.algorithm ?? .crc64nvme
    return try await duplicate(source, range: 0..<source.record.size, checksum: algorithm) { [self] digests, fresh in
      let known = source.record.checksum
      if let known, known.kind == .fullObject, known.algorithm == algorithm, known.value != digests.checksum?.value {
        throw S3Error(
          .internalError, message: "The stored bytes of the source are damaged.",
          resource: source.record.address.resource)
      }
      return try store(write, digests, fresh)
    }
  }

  package func delete(
    _ deletions: [ObjectDeletion], in bucket: String, cause: ObjectChange.Cause
  ) async throws -> [S3Error?] {
    let (results, replaced) = try await database.write { [self] db in
      let tables = ObjectTables(db)
      let bucket = try tables.bucket(bucket)
      var results: [S3Error?] = []
      var replaced: [StoredFile] = []
      for deletion in deletions {
        let object = try tables.object(deletion.key, in: bucket)
        if let error = deletion.conditions.evaluateDeletion(existing: object?.existing) {
          results.append(error)
          continue
        }
        results.append(nil)
        guard let object else { continue }
        try tables.deleteObject(deletion.key, in: bucket)
        replaced += object.detail.files
        try announce(tables, bucket: bucket, key: deletion.key, size: nil, etag: nil, cause: cause)
      }
      return (results, replaced)
    }
    watches.changed(bucket, deletions.map(\.key))
    await removeLater(replaced)
    return results
  }

  package func setTags(_ tags: [String: String], of address: ObjectAddress) async throws {
    try await database.write { [self] db in
      let tables = ObjectTables(db)
      let bucket = try tables.bucket(address.bucket)
      guard var object = try tables.object(address.key, in: bucket) else {
        throw S3Error(.noSuchKey, extra: ["Key": address.key])
      }
      object.detail.attributes.tags = tags
      try tables.store(object, in: bucket)
      forget(address, db)
    }
  }

  // MARK: Steps

  /// Writes the body to a file that is complete and on the disk when `finish` is called with it, on the same thread, or
  /// does not exist when this throws.
  package func receive<Result: Sendable>(
    _ body: UploadBody, finish: @escaping @Sendable (_ digests: BodyDigests, _ fresh: [StoredFile]) throws -> Result
  ) async throws -> Result {
    let writer = ObjectFileWriter(files)
    do {
      return try await body.receive(into: writer) { digests in
        try finish(digests, try writer.publish())
      }
    } catch {
      try? await threadPool.runIfActive { writer.discard() }
      throw error
    }
  }

  /// `remove` for callers that must not block.
  func removeLater(_ names: [StoredFile]) async {
    guard !names.isEmpty else { return }
    // Where the pool is shut down, they are orphans that the next start collects.
    try? await threadPool.runIfActive { [self] in remove(names) }
  }

  private func store(_ write: ObjectWrite, _ digests: BodyDigests, _ fresh: [StoredFile]) throws -> ObjectRecord {
    try store(write, size: digests.size, etag: ETag(md5: digests.md5), checksum: digests.checksum, fresh)
  }

  /// The transaction that makes an object of its files. Blocks.
  private func store(
    _ write: ObjectWrite, size: Int64, etag: ETag, checksum: StoredChecksum?, _ fresh: [StoredFile]
  ) throws -> ObjectRecord {
    let detail = ObjectDetail(files: fresh, attributes: write.attributes, checksum: checksum, parts: [])
    let record = try adopt(fresh) { tables in
      let (bucket, old) = try tables.place(write.address)
      if let error = write.conditions.evaluateWrite(existing: old?.etag, lastModified: old?.modified) { throw error }
      let object = ObjectTables.Object(
        key: write.address.key, size: size, etag: etag, modified: write.cause.time, detail: detail)
      try tables.store(object, in: bucket)
      try announce(
        tables, bucket: bucket, key: object.key, size: object.size, etag: object.etag.value, cause: write.cause)
      return Adoption(value: object.record(write.address), replaced: old?.detail.files ?? [])
    }
    watches.changed(write.address.bucket, [write.address.key])
    return record
  }
}
