import Checksums
import FoundationEssentials
import GRDB
import Core
import S3Protocol
import S3Storage

/// Whether a data folder, or a backup, is whole. All functions block.
package struct StoreVerification: Sendable, Equatable {
  package var objects = 0
  package var files = 0
  /// In bytes.
  package var bytes: Int64 = 0
  /// What is wrong, a sentence each; at most a hundred.
  package var problems: [String] = []
  /// How many problems there are.
  package var count = 0

  /// Checks the database's structure, that every file is there with its length, and, if `contents` are asked for, that each
  /// object's bytes still make its entity tag.
  ///
  /// - Throws: `RuntimeError` (`NoDatabase`); `LocalDatabaseError`.
  package static func of(dataFolder: String, contents: Bool) throws -> StoreVerification {
    let path = "\(dataFolder)/\(StoreBackup.database)"
    guard !LocalDatabase.isEmpty(path) else {
      throw RuntimeError("NoDatabase", "'\(path)' is missing or empty")
    }
    var verification = StoreVerification()
    do {
      var configuration = Configuration()
      configuration.readonly = !LocalDatabase.isEmpty("\(path)-wal")
      configuration.busyMode = .timeout(10)
      let lock = try RemovalLock(folder: "\(dataFolder)/objects")
      try lock.holding {
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.read { db in try verification.check(db, folder: "\(dataFolder)/objects", contents: contents) }
        try queue.close()
      }
    } catch let error as DatabaseError {
      throw LocalDatabaseError.wrap(error, subject: path)
    }
    return verification
  }

  /// Moves files that the database does not name out of the way, so that a runtime can start without them.
  ///
  /// - Returns: how many, and where they are now.
  /// - Throws: `RuntimeError` (`DataFolderInUse`, `NoDatabase`); `StorageError`; `LocalDatabaseError`.
  package static func setAside(dataFolder: String, migrations: [LocalDatabase.Migration]) throws -> StoreOpening {
    let lock = try DataFolderLock(folder: dataFolder)
    defer { lock.release() }
    let path = "\(dataFolder)/\(StoreBackup.database)"
    // Also where the database is gone: then a new one is made, which names no file.
    let database = try LocalDatabase(path: path, migrations: migrations)
    defer { try? database.close() }
    let folder = "\(dataFolder)/objects"
    return try StoreOpening.settle(
      try ObjectFiles(root: folder, isDurable: true), database: database, folder: folder, setsAside: true)
  }

  private mutating func add(_ problem: String) {
    count += 1
    if problems.count < 100 { problems.append(problem) }
  }

  private mutating func check(_ db: Database, folder: String, contents: Bool) throws {
    for line in try String.fetchAll(db, sql: "PRAGMA integrity_check(20)") where line != "ok" {
      add("the database is damaged: \(line)")
    }
    let store = try ObjectFiles(root: folder, isDurable: false)
    let rows = try Row.fetchCursor(
      db, sql: "SELECT b.name, o.key, o.etag, o.detail FROM objects o JOIN buckets b ON b.id = o.bucket")
    while let row = try rows.next() {
      objects += 1
      let detail: ObjectDetail = try JSON.decode(from: [UInt8](row[3] as Data))
      let name = "\(row[0] as String)/\(String(decoding: row[1] as Data, as: UTF8.self))"
      var isWhole = true
      for file in detail.files {
        files += 1
        bytes += file.size
        guard store.size(of: file.name) == file.size else {
          add("'\(name)': the file '\(file.name)' is missing or has another length")
          isWhole = false
          continue
        }
      }
      if contents, isWhole, let digest = try Self.etag(of: detail, as: row[2], store),
        digest != row[2] as String
      {
        add("'\(name)': its bytes are not those that were stored")
      }
    }
  }

  /// The entity tag that follows from the files: an MD5, that of the parts' MD5s, or a SHA-256 if the known tag is one.
  ///
  /// - Returns: nil where the files cannot be told apart by parts.
  private static func etag(of detail: ObjectDetail, as known: String, _ store: ObjectFiles) throws -> String? {
    func digest(_ algorithm: ChecksumAlgorithm) throws -> [UInt8] {
      try store.digest(algorithm, of: detail.files.map(\.name))
    }
    guard !detail.parts.isEmpty else {
      return try (known.hasSuffix("-1") ? ETag(sha256: digest(.sha256)) : ETag(md5: digest(.md5))).value
    }
    var files = detail.files[...]
    var digests: [ETag] = []
    for part in detail.parts {
      var (names, size): ([String], Int64) = ([], 0)
      while size < part.size, let file = files.popFirst() {
        names.append(file.name)
        size += file.size
      }
      // A part of no bytes has a file of its own.
      if part.size == 0, files.first?.size == 0, let file = files.popFirst() { names.append(file.name) }
      guard size == part.size else { return nil }
      digests.append(ETag(md5: try store.digest(.md5, of: names)))
    }
    return ETag.multipart(of: digests)?.value
  }
}
