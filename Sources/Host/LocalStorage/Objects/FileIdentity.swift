import FoundationEssentials
import Core

/// Which database the object files of a folder belong to: the file `identity` beside them.
package struct FileIdentity: Sendable, Equatable {
  package let identity: String
  let generation: Int64

  package init(_ opening: DatabaseOpening) {
    identity = opening.identity
    generation = opening.generation
  }

  package init(identity: String, generation: Int64) {
    self.identity = identity
    self.generation = generation
  }

  /// - Returns: nil without one, as in folders of earlier versions.
  package static func read(folder: String) -> FileIdentity? {
    guard let text = try? String(contentsOf: URL(filePath: "\(folder)/identity"), encoding: .utf8) else { return nil }
    let words = text.split(whereSeparator: { $0 == " " || $0 == "\n" })
    guard words.count == 2, let generation = Int64(words[1]) else { return nil }
    return FileIdentity(identity: String(words[0]), generation: generation)
  }

  package func write(folder: String) throws {
    try "\(identity) \(generation)\n".write(
      to: URL(filePath: "\(folder)/identity"), atomically: true, encoding: .utf8)
  }
}

/// What is to be done with object files that no row of the database names.
enum OrphanDecision: Equatable {
  /// They are what a crash left behind.
  case remove
  /// They may be objects that an earlier version, or a mistake, lost sight of.
  case setAside
  /// They are objects of another database, or of transactions that are missing.
  case refuse(reason: String)

  /// - Parameters:
  ///   - files: what stands beside the files; nil where nothing does.
  ///   - orphans: how many files with bytes in them no row names.
  static func make(opening: DatabaseOpening, files: FileIdentity?, orphans: Int) -> OrphanDecision {
    guard orphans > 0 else { return .remove }
    if opening.isNew { return .refuse(reason: "it is new, and the files are not") }
    if opening.lacksLog {
      return .refuse(
        reason: "it was copied without its write-ahead log ('-wal'), so the latest transactions are missing")
    }
    guard let files else { return .setAside }
    if files.identity != opening.identity { return .refuse(reason: "the files belong to another database") }
    // One ahead: the last start ended between the two notes.
    if files.generation >= opening.generation { return .refuse(reason: "it is older than the files") }
    return .remove
  }
}
