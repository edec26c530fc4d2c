import FoundationEssentials
import GRDB
import Core

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Copies of a data folder that are consistent, also while a runtime uses it.
///
/// A backup is a data folder itself: the database, the files of its objects, the keys and the node's name. Files of objects
/// never change, so a second backup into the same folder copies only what is new. All functions block.
package enum StoreBackup {
  package struct Summary: Sendable, Equatable {
    /// Files that objects and parts consist of.
    package var files = 0
    /// In bytes.
    package var bytes: Int64 = 0
    /// Of the files, those that had to be copied.
    package var copied = 0
  }

  /// What is not an object, and is worth keeping: the database is first, and copied on its own.
  package static let database = "zoetrope.sqlite"
  package static let small = ["secrets.json", "node"]

  /// Copies a data folder as it is at one moment.
  ///
  /// - Parameters:
  ///   - folder: is made if absent; what an earlier backup left there is brought up to date.
  /// - Throws: `RuntimeError` (`NoDatabase`, `ObjectFilesMissing`); `LocalDatabaseError`; `StorageError`.
  package static func make(of dataFolder: String, in folder: String) throws -> Summary {
    guard !LocalDatabase.isEmpty("\(dataFolder)/\(database)") else { throw noDatabase(dataFolder) }
    try makeFolders(folder)
    // Where no runtime has the folder, none may start while its files are copied.
    let lock = try? DataFolderLock(folder: dataFolder)
    defer { lock?.release() }
    return try RemovalLock(folder: "\(dataFolder)/objects").holding {
      let unfinished = "\(folder)/\(database).part"
      try? FileManager.default.removeItem(atPath: unfinished)
      let (sizes, identity) = try snapshot(of: "\(dataFolder)/\(database)", to: unfinished)
      let summary = try copyFiles(sizes, from: "\(dataFolder)/objects", to: "\(folder)/objects")
      for name in small { try copySmall(name, from: dataFolder, to: folder) }
      try identity.write(folder: "\(folder)/objects")
      try move(unfinished, to: "\(folder)/\(database)")
      for suffix in ["-wal", "-shm"] { unlink("\(folder)/\(database)\(suffix)") }
      // What an earlier backup had and this one does not.
      let files = try ObjectFiles(root: "\(folder)/objects", isDurable: false)
      files.remove(orphans: try files.entries().filter { sizes[$0.name] == nil })
      return summary
    }
  }

  /// Makes a data folder of a backup.
  ///
  /// - Parameter dataFolder: must hold no database.
  /// - Throws: `RuntimeError` (`NoDatabase`, `DataFolderNotEmpty`, `DataFolderInUse`, `ObjectFilesMissing`).
  package static func restore(_ backup: String, to dataFolder: String) throws -> Summary {
    guard !LocalDatabase.isEmpty("\(backup)/\(database)") else { throw noDatabase(backup) }
    let lock = try DataFolderLock(folder: dataFolder)
    defer { lock.release() }
    guard LocalDatabase.isEmpty("\(dataFolder)/\(database)"),
      !FileManager.default.fileExists(atPath: "\(dataFolder)/objects")
    else {
      throw RuntimeError(
        "DataFolderNotEmpty", "'\(dataFolder)' holds data already; restore to another folder, or move it away first")
    }
    try makeFolders(dataFolder)
    let unfinished = "\(dataFolder)/\(database).part"
    let (sizes, identity) = try snapshot(of: "\(backup)/\(database)", to: unfinished)
    let summary = try copyFiles(sizes, from: "\(backup)/objects", to: "\(dataFolder)/objects")
    for name in small { try copySmall(name, from: backup, to: dataFolder) }
    try identity.write(folder: "\(dataFolder)/objects")
    try move(unfinished, to: "\(dataFolder)/\(database)")
    return summary
  }

  private static func noDatabase(_ folder: String) -> RuntimeError {
    RuntimeError(
      "NoDatabase", "'\(folder)/\(database)' is missing or empty: this is not the folder of a runtime or backup")
  }

  private static func makeFolders(_ folder: String) throws {
    for path in [folder, "\(folder)/objects"] {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
  }

  /// A copy of the database as of its last commit, which says that it is whole, and the files that it names.
  private static func snapshot(
    of source: String, to copy: String
  ) throws -> (sizes: [String: Int64], identity: FileIdentity) {
    do {
      var configuration = Configuration()
      // A connection that writes would move the log into the main file when it closes.
      configuration.readonly = !LocalDatabase.isEmpty("\(source)-wal")
      configuration.busyMode = .timeout(10)
      let live = try DatabaseQueue(path: source, configuration: configuration)
      try live.writeWithoutTransaction { db in
        try db.execute(sql: "VACUUM INTO ?", arguments: [copy])
      }
      try live.close()
      let queue = try DatabaseQueue(path: copy)
      let found = try queue.write { db in
        try DatabaseOpening.end(db)
        let opening = try DatabaseOpening.read(db, isNew: false, hadLog: true)
        return (
          try ObjectTables(db).referencedFiles(),
          FileIdentity(identity: opening.identity, generation: opening.generation - 1)
        )
      }
      try queue.close()
      let file = try OpenFile(copy, O_RDONLY)
      try file.synchronize()
      return found
    } catch let error as DatabaseError {
      throw LocalDatabaseError.wrap(error, subject: source)
    }
  }

  private static func copyFiles(_ sizes: [String: Int64], from: String, to: String) throws -> Summary {
    let (source, target) = (
      try ObjectFiles(root: from, isDurable: false), try ObjectFiles(root: to, isDurable: true)
    )
    var summary = Summary()
    var missing = 0
    for (name, size) in sizes {
      summary.files += 1
      summary.bytes += size
      if target.size(of: name) == size { continue }
      guard source.size(of: name) == size else {
        missing += 1
        continue
      }
      try target.copy(name, from: source)
      summary.copied += 1
    }
    guard missing == 0 else {
      throw RuntimeError(
        "ObjectFilesMissing",
        "\(missing) of \(sizes.count) object files in '\(from)' are missing or have another length than the database says"
      )
    }
    try target.synchronizeFolders()
    return summary
  }

  private static func copySmall(_ name: String, from: String, to: String) throws {
    guard let content = try? [UInt8](Data(contentsOf: URL(filePath: "\(from)/\(name)"))) else { return }
    let file = try OpenFile("\(to)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
    try content.withUnsafeBytes { try file.write($0) }
    try file.synchronize()
  }

  private static func move(_ from: String, to path: String) throws {
    guard rename(from, path) == 0 else { throw StorageError(errno, "rename", from) }
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    try OpenFile(folder, O_RDONLY | O_DIRECTORY).synchronize()
  }
}
