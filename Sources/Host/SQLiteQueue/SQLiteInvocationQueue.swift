package import Invocations
package import FoundationEssentials
package import GRDB
package import LocalStorage
import Core
import Synchronization

/// The queue in the local database.
///
/// An invocation costs one insert and one delete; claims are kept in memory, as the data folder has one owner at a time.
/// Writers share transactions (`GroupCommit`).
package final class SQLiteInvocationQueue: InvocationQueue {
  package let newWork = NewWork()
  private let database: LocalDatabase
  private let deduplication: DeduplicationRules
  private let commits: GroupCommit
  private let claimed = Mutex<Set<Int64>>([])
  /// By function, the group that was served last.
  private let turns = Mutex<[String: String]>([:])
  private let maximumQueued: Int
  private let count: Mutex<Int>

  /// - Parameters:
  ///   - database: opened with `QueueSchema.migrations`.
  ///   - deduplication: what work invocations are about; default: each stands for itself.
  ///   - maximumQueued: most invocations at the same time, dead letters not counted.
  ///
  /// What a crash left unfinished is claimable at once. Blocks.
  package init(
    database: LocalDatabase, deduplication: DeduplicationRules = DeduplicationRules(), maximumQueued: Int = 1_000_000
  ) throws {
    self.database = database
    self.deduplication = deduplication
    self.maximumQueued = maximumQueued
    commits = GroupCommit(database)
    count = Mutex(try database.readBlocking { try Int.fetchOne($0, sql: "SELECT count(*) FROM invocations") ?? 0 })
  }

  /// Adds invocations as part of a transaction of the caller's own.
  ///
  /// - Throws: `QueueError.full`; the caller must then roll back.
  package func enqueue(_ invocations: [NewInvocation], in db: Database) throws {
    guard !invocations.isEmpty else { return }
    // Counted once committed: between two transactions the limit may be passed by what both bring.
    let queued = count.withLock { $0 }
    guard queued + invocations.count <= maximumQueued else { throw QueueError.full(limit: maximumQueued) }
    let added = invocations.count
    try insert(deduplication.identify(invocations), db)
    let functions = Set(invocations.map(\.function))
    db.afterNextTransaction(onCommit: { [self] _ in
      count.withLock { $0 += added }
      newWork.add(functions)
    })
  }

  package func enqueue(_ invocations: [NewInvocation]) async throws {
    let queued = count.withLock { $0 }
    guard queued + invocations.count <= maximumQueued else { throw QueueError.full(limit: maximumQueued) }
    let identified = deduplication.identify(invocations)
    try await commits.write { [self] db in try insert(identified, db) }
    count.withLock { $0 += invocations.count }
    newWork.add(invocations.map(\.function))
  }

  package func publish(
    key: String?, at now: Date, response: [UInt8], invocations: [NewInvocation]
  ) async throws -> (response: [UInt8], isNew: Bool) {
    guard count.withLock({ $0 }) < maximumQueued else { throw QueueError.full(limit: maximumQueued) }
    let identified = deduplication.identify(invocations)
    let (answer, isNew) = try await commits.write { [self] db -> ([UInt8], Bool) in
      let time = now.millisecondsSince1970
      if let key {
        if let known = try known(key, db) { return (known, false) }
        let old = try db.cachedStatement(
          sql: "DELETE FROM published WHERE key IN (SELECT key FROM published WHERE accepted < ? LIMIT 64)")
        try old.execute(arguments: [time - 86_400_000])
      }
      try insert(identified, db)
      if let key {
        let statement = try db.cachedStatement(sql: "INSERT INTO published (key, accepted, response) VALUES (?, ?, ?)")
        try statement.execute(arguments: [key, time, Data(response)])
      }
      return (response, true)
    }
    if isNew {
      count.withLock { $0 += invocations.count }
      newWork.add(invocations.map(\.function))
    }
    return (answer, isNew)
  }

  package func claim(_ wanted: [String: Int], at now: Date) async throws -> [String: ClaimedBatch] {
    // What is finished while this reads is still in its snapshot: it must count as taken.
    let taken = claimed.withLock { $0 }
    let time = now.millisecondsSince1970
    let turns = turns.withLock { $0 }
    let (batches, served) = try await database.read { db -> ([String: ClaimedBatch], [String: String]) in
      var served = turns
      let batches = try wanted.reduce(into: [String: ClaimedBatch]()) { result, want in
        var claim = QueueClaim(function: want.key, wanted: want.value, taken: taken, now: time, db: db)
        result[want.key] = try claim.find(after: &served[want.key, default: ""])
      }
      return (batches, served)
    }
    self.turns.withLock { $0 = served }
    claimed.withLock { claimed in
      for batch in batches.values { claimed.formUnion(batch.invocations.map(\.number)) }
    }
    return batches
  }

  package func finish(_ ends: [InvocationEnd]) async throws {
    guard !ends.isEmpty else { return }
    let change = try await commits.write { [self] db in try ends.reduce(0) { $0 + (try apply($1, db)) } }
    count.withLock { $0 += change }
    await release(ends.map(\.number))
    newWork.add(ends.flatMap(\.followUps).map(\.function))
  }

  package func release(_ numbers: [Int64]) async {
    claimed.withLock { $0.subtract(numbers) }
  }

  package func depths() async throws -> [String: QueueDepth] {
    try await database.read { db in
      var depths: [String: QueueDepth] = [:]
      // From the two indexes alone: the table's rows hold the payloads.
      let queued = try Row.fetchAll(
        db,
        sql: """
          SELECT function, n, (SELECT enqueued FROM invocations WHERE number = first) AS oldest FROM (
            SELECT function, count(*) AS n, min(number) AS first FROM (
              SELECT function, number FROM invocations WHERE due = 0
              UNION ALL SELECT function, number FROM invocations WHERE due > 0
            ) GROUP BY function
          )
          """)
      for row in queued {
        depths[row["function"]] = QueueDepth(
          queued: row["n"], deadLetters: 0, oldest: Date(millisecondsSince1970: row["oldest"]))
      }
      for row in try Row.fetchAll(db, sql: "SELECT function, count(*) AS n FROM dead_letters GROUP BY function") {
        depths[row["function"], default: QueueDepth(queued: 0, deadLetters: 0)].deadLetters = row["n"]
      }
      return depths
    }
  }

  // MARK: Statements

  private func insert(_ invocations: [NewInvocation], _ db: Database) throws {
    guard !invocations.isEmpty else { return }
    let statement = try db.cachedStatement(
      sql: """
        INSERT INTO invocations (id, function, enqueued, message_group_id, deduplication_id, payload)
        VALUES (?, ?, ?, ?, ?, ?)
        """)
    for new in invocations {
      try statement.execute(arguments: [
        new.id, new.function, new.enqueuedAt.millisecondsSince1970, new.messageGroupID, new.deduplicationID,
        Data(new.payload),
      ])
    }
  }

  private func known(_ key: String, _ db: Database) throws -> [UInt8]? {
    let statement = try db.cachedStatement(sql: "SELECT response FROM published WHERE key = ?")
    return try Data.fetchOne(statement, arguments: [key]).map { [UInt8]($0) }
  }

  /// Carries out one end; returns by how much the number of queued invocations changes.
  private func apply(_ end: InvocationEnd, _ db: Database) throws -> Int {
    switch end {
    case .retry(let number, let failed, let at):
      let statement = try db.cachedStatement(sql: "UPDATE invocations SET failed = ?, due = ? WHERE number = ?")
      try statement.execute(arguments: [failed, max(1, at.millisecondsSince1970), number])
      return 0
    case .dead(let number, let death, _):
      let statement = try db.cachedStatement(
        sql: """
          INSERT INTO dead_letters
            (id, function, queue, condition, attempts, error_type, error_message, enqueued, died, message_group_id,
             deduplication_id, payload)
          SELECT id, function, ?, ?, ?, ?, ?, enqueued, ?, message_group_id, deduplication_id, payload
          FROM invocations WHERE number = ?
          """)
      try statement.execute(arguments: [
        death.queue, death.condition.rawValue, death.attempts, death.errorType, String(death.errorMessage.prefix(4096)),
        death.at.millisecondsSince1970, number,
      ])
    case .done: break
    }
    let statement = try db.cachedStatement(sql: "DELETE FROM invocations WHERE number = ?")
    try statement.execute(arguments: [end.number])
    try insert(deduplication.identify(end.followUps), db)
    return end.followUps.count - 1
  }

  package static func invocation(_ row: Row) -> NewInvocation {
    let payload: Data = row["payload"]
    return NewInvocation(
      id: row["id"], function: row["function"], payload: [UInt8](payload), messageGroupID: row["message_group_id"],
      deduplicationID: row["deduplication_id"], enqueuedAt: Date(millisecondsSince1970: row["enqueued"]))
  }
}

// MARK: - Dead letters

extension SQLiteInvocationQueue {
  package func deadLetters(after: Int64, limit: Int) async throws -> [DeadLetter] {
    try await database.read { db in
      try Row.fetchAll(
        db, sql: "SELECT * FROM dead_letters WHERE number > ? ORDER BY number LIMIT ?", arguments: [after, limit]
      ).map { row in
        DeadLetter(
          number: row["number"], invocation: Self.invocation(row),
          death: DeadLetterReason(
            condition: DeadLetterReason.Condition(rawValue: row["condition"]) ?? .retriesExhausted,
            attempts: row["attempts"], errorType: row["error_type"], errorMessage: row["error_message"],
            queue: row["queue"], at: Date(millisecondsSince1970: row["died"])))
      }
    }
  }

  package func redrive(_ numbers: [Int64]?, at now: Date) async throws -> (functions: Set<String>, count: Int) {
    let time = now.millisecondsSince1970
    let result = try await commits.write { db in
      let filter = Self.filter(numbers)
      let functions = try String.fetchSet(
        db, sql: "SELECT DISTINCT function FROM dead_letters \(filter.sql)", arguments: filter.arguments)
      // The age counts from now on, or an old letter would die again at once.
      try db.execute(
        sql: """
          INSERT INTO invocations (id, function, enqueued, message_group_id, deduplication_id, payload)
          SELECT id, function, ?, message_group_id, deduplication_id, payload FROM dead_letters \(filter.sql)
          ORDER BY number
          """, arguments: [time] + filter.arguments)
      try db.execute(sql: "DELETE FROM dead_letters \(filter.sql)", arguments: filter.arguments)
      return (functions: functions, count: db.changesCount)
    }
    count.withLock { $0 += result.count }
    newWork.add(result.functions)
    return result
  }

  package func purge(_ numbers: [Int64]?, before: Date?) async throws -> Int {
    let time = before?.millisecondsSince1970
    return try await commits.write { db in
      let filter = Self.filter(numbers)
      var sql = "DELETE FROM dead_letters \(filter.sql)"
      var arguments = filter.arguments
      if let time {
        sql += filter.sql.isEmpty ? "WHERE died < ?" : " AND died < ?"
        arguments += [time]
      }
      try db.execute(sql: sql, arguments: arguments)
      return db.changesCount
    }
  }

  private static func filter(_ numbers: [Int64]?) -> (sql: String, arguments: StatementArguments) {
    guard let numbers else { return ("", []) }
    // JSON instead of one placeholder per number: SQLite limits how many there may be.
    let list = "[\(numbers.map(String.init).joined(separator: ","))]"
    return ("WHERE number IN (SELECT value FROM json_each(?))", [list])
  }
}
