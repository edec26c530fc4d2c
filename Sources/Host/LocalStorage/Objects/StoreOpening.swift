import FoundationEssentials
import GRDB
package import Logging
import Core

/// What a store finds when it is opened, and what becomes of it.
package struct StoreOpening: Sendable, Equatable {
  /// Files that a crash left behind, removed.
  package var removed = 0
  /// In bytes.
  package var removedBytes: Int64 = 0
  /// Files that no row names, moved to `folder`.
  package var setAside = 0
  package var folder: String?
  /// Files that rows name and that are not there, or not as long as they should be.
  package var missing = 0

  package init() {}

  /// Refuses a database that is not there while object files are, before one is made. Blocks.
  ///
  /// - Throws: `StoreMismatch`; `StorageError`.
  package static func check(database: String, folder: String) throws {
    let opening = DatabaseOpening(identity: "", generation: 1, isNew: true, wasClosed: false, hadLog: false)
    guard LocalDatabase.isEmpty(database), FileManager.default.fileExists(atPath: "\(folder)/objects") else { return }
    let files = try ObjectFiles(root: folder, isDurable: false).entries().filter { $0.size > 0 }
    if case .refuse(let reason) = OrphanDecision.make(opening: opening, files: nil, orphans: files.count) {
      throw StoreMismatch(database: database, folder: folder, orphans: files.count, reason: reason)
    }
  }

  package func log(to logger: Logger) {
    if removed > 0 {
      logger.notice(
        "removed files that an interrupted upload left behind",
        metadata: ["files": "\(removed)", "bytes": "\(removedBytes)"])
    }
    if let folder {
      logger.warning(
        "moved object files that the database does not name out of the store",
        metadata: ["files": "\(setAside)", "folder": "\(folder)"])
    }
    if missing > 0 {
      logger.error(
        "object files are missing or have another length; 'zoetrope verify' names the objects",
        metadata: ["files": "\(missing)"])
    }
  }

  /// Brings files and rows together. Blocks; nothing may be written meanwhile.
  ///
  /// - Parameter setsAside: where the database cannot be shown to belong to the files, move what it does not name out of the
  ///   way instead of refusing.
  static func settle(
    _ files: ObjectFiles, database: LocalDatabase, folder: String, setsAside: Bool = false
  ) throws -> StoreOpening {
    var sizes = try database.readBlocking { db in try ObjectTables(db).referencedFiles() }
    var orphans: [ObjectFiles.Entry] = []
    for entry in try files.entries() {
      if sizes[entry.name] == entry.size {
        sizes[entry.name] = nil
      } else if sizes[entry.name] == nil {
        orphans.append(entry)
      }
    }
    var opening = StoreOpening()
    opening.missing = sizes.count
    let full = orphans.filter { $0.size > 0 }
    let decision = OrphanDecision.make(
      opening: database.opening, files: FileIdentity.read(folder: folder), orphans: full.count)
    switch decision {
    case .refuse(let reason) where !setsAside:
      throw StoreMismatch(database: database.path, folder: folder, orphans: full.count, reason: reason)
    case .setAside, .refuse:
      opening.folder = try files.setAside(full)
      opening.setAside = full.count
      files.remove(orphans: orphans.filter { $0.size == 0 })
    case .remove:
      files.remove(orphans: orphans)
      opening.removed = orphans.count
      opening.removedBytes = full.reduce(0) { $0 + $1.size }
    }
    try database.begin()
    try FileIdentity(database.opening).write(folder: folder)
    return opening
  }
}

/// A database and object files that do not belong together.
package struct StoreMismatch: ClassifiedError {
  package let message: String
  package var code: String { "StoreMismatch" }
  package var isRetryable: Bool { false }

  package init(database: String, folder: String, orphans: Int, reason: String) {
    message =
      "'\(database)' does not know \(orphans) object file\(orphans == 1 ? "" : "s") in '\(folder)': \(reason). "
      + "Nothing was changed. Put back the database that belongs to them together with its '-wal' file, or a backup "
      + "('zoetrope restore'); to go on without them, 'zoetrope verify --set-aside' moves them out of the way"
  }
}
