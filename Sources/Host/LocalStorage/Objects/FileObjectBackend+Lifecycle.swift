package import FoundationEssentials
import GRDB
import Core
package import S3Protocol
import S3Storage
import Synchronization

/// Removes what the buckets' lifecycle rules say.
extension FileObjectBackend {
  package func lifecycle(of bucket: String) async throws -> LifecycleConfiguration? {
    if let known = lifecycles.withLock({ $0[bucket] }) { return known }
    let found = try await document(.lifecycle, of: bucket).map { try LifecycleConfiguration.decode($0) }
    lifecycles.withLock { $0[bucket] = .some(found) }
    return found
  }

  /// Removes expired objects and aborts uploads that took too long, in all buckets.
  ///
  /// - Returns: how many of both.
  package func applyLifecycles(at now: Date) async throws -> (objects: Int, uploads: Int) {
    var (objects, uploads) = (0, 0)
    for bucket in try await buckets() {
      guard let lifecycle = try await lifecycle(of: bucket.name) else { continue }
      objects += try await expireObjects(of: bucket.name, lifecycle, at: now)
      uploads += try await abortUploads(of: bucket.name, lifecycle, at: now)
    }
    return (objects, uploads)
  }

  private static let batch = 500

  private func expireObjects(
    of bucket: String, _ lifecycle: LifecycleConfiguration, at now: Date
  ) async throws -> Int {
    var (count, after) = (0, Data())
    while true {
      // One batch is one transaction: what is read expired in it is removed in it.
      let (last, expired, files) = try await database.write { [self, after] db in
        let tables = ObjectTables(db)
        let place = try tables.bucket(bucket)
        let keys = try Data.fetchAll(
          db, sql: "SELECT key FROM objects WHERE bucket = ? AND key > ? ORDER BY key LIMIT ?",
          arguments: [place.id, after, Self.batch])
        var (expired, files): ([String], [StoredFile]) = ([], [])
        for key in keys.map({ String(decoding: $0, as: UTF8.self) }) {
          guard let object = try tables.object(key, in: place),
            let (date, rule) = lifecycle.expiration(
              key: key, size: object.size, tags: object.detail.attributes.tags, lastModified: object.modified),
            date <= now
          else { continue }
          try tables.deleteObject(key, in: place)
          files += object.detail.files
          expired.append(key)
          try announce(
            tables, bucket: place, key: key, size: nil, etag: nil,
            cause: ObjectChange.Cause(
              event: .expire, time: now, requestID: RequestID.make(), principal: "lifecycle:\(rule)"))
        }
        return (keys.last, expired, files)
      }
      watches.changed(bucket, expired)
      await removeLater(files)
      count += expired.count
      guard let last else { return count }
      after = last
    }
  }

  private func abortUploads(of bucket: String, _ lifecycle: LifecycleConfiguration, at now: Date) async throws -> Int {
    guard lifecycle.rules.contains(where: { $0.abortsUploadsAfterDays != nil }) else { return 0 }
    let ids = try await database.read { db in
      let place = try ObjectTables(db).bucket(bucket)
      return try Row.fetchAll(db, sql: "SELECT id, key, created FROM uploads WHERE bucket = ?", arguments: [place.id])
        .filter { row in
          let key = String(decoding: row[1] as Data, as: UTF8.self)
          return lifecycle.abortion(key: key, begun: Date(millisecondsSince1970: row[2])).map { $0 <= now } ?? false
        }.map { $0[0] as String }
    }
    for id in ids {
      let parts = try await database.write { db in try ObjectTables(db).deleteUpload(id).flatMap(\.detail.files) }
      await removeLater(parts)
    }
    return ids.count
  }
}
