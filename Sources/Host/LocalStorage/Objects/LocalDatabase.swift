import FoundationEssentials
package import GRDB
import Glibc
import Core
import Synchronization

/// The one SQLite database of a machine: objects, notifications, queues and events share it, so that "object committed"
/// and "functions queued" can be one transaction.
///
/// One writer at a time, readers never wait for it (WAL). A write that has returned survives `kill -9` and a power cut.
package final class LocalDatabase: Sendable {
  /// One step of the schema, run once per database and in the order given.
  ///
  /// Each part of the runtime brings its own; a released step is never edited, only followed by another.
  package struct Migration: Sendable {
    /// Unique among all parts, for example `objects/1`.
    package let name: String
    package let run: @Sendable (_ db: Database) throws -> Void

    package init(_ name: String, run: @escaping @Sendable (_ db: Database) throws -> Void) {
      self.name = name
      self.run = run
    }
  }

  /// How much a commit waits for.
  package enum Durability: String, Sendable {
    /// Every commit reaches the disk before it returns.
    case full
    /// Commits survive the process, not the machine; for tests and throw-away data.
    case process
  }

  private let pool: DatabasePool
  private enum Use { case opened, begun, closed }
  private let use = Mutex(Use.opened)
  /// What the file said of itself when it was opened.
  package let opening: DatabaseOpening

  /// Opens or creates the database at `path` and brings its schema up to date.
  ///
  /// - Parameter busyTimeout: how long to wait for another process that holds the database, in seconds.
  /// - Throws: `LocalDatabaseError`, also where the file was written by a newer version.
  package init(
    path: String, migrations: [Migration], durability: Durability = .full, busyTimeout: Double = 10
  ) throws(LocalDatabaseError) {
    var configuration = Configuration()
    configuration.label = "zoetrope.database"
    configuration.busyMode = .timeout(busyTimeout)
    configuration.maximumReaderCount = 4
    let (isNew, hadLog) = (Self.isEmpty(path), !Self.isEmpty("\(path)-wal"))
    do {
      pool = try DatabasePool(path: path, configuration: configuration)
      try pool.writeWithoutTransaction { db in
        // GRDB leaves NORMAL behind, with which a power cut may take back commits that were acknowledged.
        try db.execute(sql: "PRAGMA synchronous = \(durability == .full ? "FULL" : "OFF")")
        try db.execute(sql: "PRAGMA journal_size_limit = 67108864")
      }
      var migrator = DatabaseMigrator()
      for migration in DatabaseOpening.migrations + migrations {
        migrator.registerMigration(migration.name, migrate: migration.run)
      }
      if try pool.read(migrator.hasBeenSuperseded) {
        throw LocalDatabaseError(
          code: "NewerDatabase", message: "'\(path)' was written by a newer version; its schema is not known here",
          isRetryable: false)
      }
      try migrator.migrate(pool)
      opening = try pool.read { try DatabaseOpening.read($0, isNew: isNew, hadLog: hadLog) }
    } catch {
      throw LocalDatabaseError.wrap(error, subject: path)
    }
  }

  /// Runs `body` in one transaction that is committed when it returns and rolled back when it throws.
  ///
  /// - Throws: what `body` throws; SQLite's own errors as `LocalDatabaseError`.
  package func write<Value: Sendable>(_ body: @Sendable @escaping (_ db: Database) throws -> Value) async throws
    -> Value
  {
    do {
      return try await pool.write(body)
    } catch let error as DatabaseError {
      throw LocalDatabaseError.wrap(error, subject: pool.path)
    }
  }

  /// Runs `body` on a snapshot of the last commit; never waits for the writer.
  ///
  /// - Throws: what `body` throws; SQLite's own errors as `LocalDatabaseError`.
  package func read<Value: Sendable>(_ body: @Sendable @escaping (_ db: Database) throws -> Value) async throws
    -> Value
  {
    do {
      return try await pool.read(body)
    } catch let error as DatabaseError {
      throw LocalDatabaseError.wrap(error, subject: pool.path)
    }
  }

  /// `write` for threads of one's own and start-up code; blocks, so never on the cooperative pool.
  package func writeBlocking<Value>(_ body: (_ db: Database) throws -> Value) throws -> Value {
    do {
      return try pool.write(body)
    } catch let error as DatabaseError {
      throw LocalDatabaseError.wrap(error, subject: pool.path)
    }
  }

  /// `read` for threads of one's own and start-up code; blocks, so never on the cooperative pool.
  package func readBlocking<Value>(_ body: (_ db: Database) throws -> Value) throws -> Value {
    do {
      return try pool.read(body)
    } catch let error as DatabaseError {
      throw LocalDatabaseError.wrap(error, subject: pool.path)
    }
  }

  /// `readBlocking` for a body of one statement, which needs no transaction to see one moment of the database: that costs
  /// as much as finding a row.
  package func readStatementBlocking<Value>(_ body: (_ db: Database) throws -> Value) throws -> Value {
    do {
      return try pool.unsafeRead(body)
    } catch let error as DatabaseError {
      throw LocalDatabaseError.wrap(error, subject: pool.path)
    }
  }

  /// Notes that objects are stored from now on, which makes a copy of the main file alone say that it is only a part.
  /// Called once, when it is certain that the database belongs to the files. Blocks.
  package func begin() throws {
    let opening = opening
    try writeBlocking { db in try opening.begin(db) }
    try? pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
    // So that the log is not empty while the database is in use: an empty one counts as none.
    try writeBlocking { db in try opening.begin(db) }
    use.withLock { $0 = .begun }
  }

  /// Waits for accesses under way, moves the write-ahead log into the main file, notes that this is a clean end and closes
  /// the file; later accesses throw. Blocks.
  package func close() throws(LocalDatabaseError) {
    let last = use.withLock { exchange(&$0, .closed) }
    if last == .closed { return }
    do {
      try pool.writeWithoutTransaction { db in
        // What lacks transactions goes on saying so until its operator has decided what to do about it.
        if last == .begun || !opening.lacksLog { try DatabaseOpening.end(db) }
        // A backup that is being made keeps the log in use: then it stays, with what it holds.
        try db.execute(sql: "PRAGMA busy_timeout = 1000")
        _ = try? db.checkpoint(.truncate)
      }
      try pool.close()
      // The connection that closes last removes the empty log, and must not be one that only reads.
      if Self.isEmpty("\(pool.path)-wal"), let last = try? DatabaseQueue(path: pool.path) {
        _ = try? last.read { try Int.fetchOne($0, sql: "SELECT generation FROM database_state") }
        try? last.close()
      }
    } catch {
      throw LocalDatabaseError.wrap(error, subject: pool.path)
    }
  }

  /// A runtime that could not start ends cleanly too.
  deinit { try? close() }

  package var path: String { pool.path }

  package static func isEmpty(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) != 0 || status.st_size == 0
  }
}

/// Sets a new value and returns the old one.
private func exchange<Value>(_ value: inout Value, _ new: Value) -> Value {
  defer { value = new }
  return value
}
