import Invocations
import FoundationEssentials
import GRDB
import Core

/// Finds what may run now of one function: retries that are due, then one invocation of each group in turn, so that a
/// group with thousands of invocations does not hold up one with two.
struct QueueClaim {
  let function: String
  let wanted: Int
  /// Given out already.
  let taken: Set<Int64>
  /// Milliseconds since 1970.
  let now: Int64
  let db: Database

  private var batch = ClaimedBatch(invocations: [], hasMore: false, nextAt: nil)
  private var bytes = 0

  /// Payload bytes that one claim brings into memory per function, unless a single invocation has more.
  private static let maximumBytes = 4 << 20
  /// Longer waits than any retry's come from a clock that stepped back before this run, and count as over.
  private static let maximumWait = RetryDecision.maximumDelay.components.seconds * 1000

  init(function: String, wanted: Int, taken: Set<Int64>, now: Int64, db: Database) {
    self.function = function
    self.wanted = wanted
    self.taken = taken
    self.now = now
    self.db = db
  }

  /// - Parameter group: the one that was served last, before and after this claim.
  mutating func find(after group: inout String) throws -> ClaimedBatch {
    try takeRetries()
    try takeInTurn(after: &group)
    let next = try db.cachedStatement(
      sql: "SELECT min(due) FROM invocations WHERE function = ? AND due > 0 AND due > ?")
    batch.nextAt = try Int64.fetchOne(next, arguments: [function, now]).map { Date(millisecondsSince1970: $0) }
    return batch
  }

  private var isFull: Bool { batch.invocations.count >= wanted || bytes >= Self.maximumBytes }

  private mutating func takeRetries() throws {
    let statement = try db.cachedStatement(
      sql: """
        SELECT number FROM invocations
        WHERE function = ? AND due > 0 AND (due <= ? OR due > ?) ORDER BY due, number
        """)
    let numbers = try Int64.fetchCursor(statement, arguments: [function, now, now + Self.maximumWait])
    while let number = try numbers.next() {
      if taken.contains(number) { continue }
      if isFull {
        batch.hasMore = true
        return
      }
      try take(number)
    }
  }

  private mutating func takeInTurn(after served: inout String) throws {
    // Where the search in each group goes on.
    var last: [String: Int64] = [:]
    func takeNext(of group: String) throws -> Bool {
      guard let number = try firstFree(in: group, after: last[group] ?? -1) else { return false }
      try take(number)
      last[group] = number
      served = group
      return true
    }
    // Once around all groups, which tells those that have something left; then among these.
    var groups: [String] = []
    var start: String?
    var group = served
    while !isFull {
      guard let next = try nextGroup(after: group) ?? nextGroup(after: nil), next != start else { break }
      start = start ?? next
      group = next
      if try takeNext(of: group) { groups.append(group) }
    }
    while !isFull, !groups.isEmpty {
      groups = try groups.filter { try isFull || takeNext(of: $0) }
    }
    // Perhaps: the next claim will tell.
    batch.hasMore = batch.hasMore || isFull
  }

  /// The first group with waiting invocations behind another in their order; of all if none is behind it.
  ///
  /// Not by `(message_group_id, number) > …`, of which SQLite looks up only the group and then reads all of it.
  private func nextGroup(after group: String?) throws -> String? {
    let bound = group == nil ? "" : "AND message_group_id > ?"
    let statement = try db.cachedStatement(
      sql: """
        SELECT message_group_id FROM invocations WHERE function = ? AND due = 0 \(bound)
        ORDER BY message_group_id LIMIT 1
        """)
    return try String.fetchOne(statement, arguments: StatementArguments([function, group].compactMap { $0 }))
  }

  /// The oldest waiting invocation of a group that was not given out.
  private func firstFree(in group: String, after number: Int64) throws -> Int64? {
    let statement = try db.cachedStatement(
      sql: """
        SELECT number FROM invocations WHERE function = ? AND due = 0 AND message_group_id = ? AND number > ?
        ORDER BY number
        """)
    let numbers = try Int64.fetchCursor(statement, arguments: [function, group, number])
    while let number = try numbers.next() {
      if !taken.contains(number) { return number }
    }
    return nil
  }

  private mutating func take(_ number: Int64) throws {
    let statement = try db.cachedStatement(
      sql: """
        SELECT number, id, function, failed, enqueued, message_group_id, deduplication_id, payload FROM invocations
        WHERE number = ?
        """)
    guard let row = try Row.fetchOne(statement, arguments: [number]) else { return }
    let claimed = ClaimedInvocation(
      number: number, invocation: SQLiteInvocationQueue.invocation(row), failedAttempts: row["failed"])
    bytes += claimed.invocation.payload.count
    batch.invocations.append(claimed)
  }
}
