package import GRDB
import Core

/// What a database says of itself when it is opened: which one it is, and whether it is all there.
///
/// The main file says `closed` only between a clean end and the next start, and its write-ahead log is empty then. A main
/// file that is not `closed` and has no log, or an empty one, is a copy that lacks the latest transactions.
package struct DatabaseOpening: Sendable, Equatable {
  /// 32 hexadecimal digits, made with the database.
  package let identity: String
  /// How many times objects were stored in it, this time included.
  package let generation: Int64
  /// There was no file, or an empty one.
  package let isNew: Bool
  /// The last process that had it ended cleanly.
  package let wasClosed: Bool
  /// There was a write-ahead log that was not empty.
  package let hadLog: Bool

  package init(identity: String, generation: Int64, isNew: Bool, wasClosed: Bool, hadLog: Bool) {
    self.identity = identity
    self.generation = generation
    self.isNew = isNew
    self.wasClosed = wasClosed
    self.hadLog = hadLog
  }

  /// Whether transactions that were committed may be missing.
  package var lacksLog: Bool { !isNew && !wasClosed && !hadLog }

  package static let migrations = [
    LocalDatabase.Migration("database/1") { db in
      // Databases from before this step count as closed.
      try db.execute(
        sql: """
          CREATE TABLE database_state (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            identity TEXT NOT NULL,
            generation INTEGER NOT NULL,
            closed INTEGER NOT NULL
          ) STRICT;
          INSERT INTO database_state VALUES (1, lower(hex(randomblob(16))), 0, 1);
          """)
    }
  ]

  package static func read(_ db: Database, isNew: Bool, hadLog: Bool) throws -> DatabaseOpening {
    guard let row = try Row.fetchOne(db, sql: "SELECT identity, generation, closed FROM database_state") else {
      throw LocalDatabaseError(
        code: "DatabaseCorrupt", message: "the table database_state is empty", isRetryable: false)
    }
    return DatabaseOpening(identity: row[0], generation: row[1] + 1, isNew: isNew, wasClosed: row[2], hadLog: hadLog)
  }

  package func begin(_ db: Database) throws {
    try db.execute(sql: "UPDATE database_state SET generation = ?, closed = 0", arguments: [generation])
  }

  package static func end(_ db: Database) throws { try db.execute(sql: "UPDATE database_state SET closed = 1") }
}
