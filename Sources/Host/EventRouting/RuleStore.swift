package import LocalStorage
package import EventBus
import FoundationEssentials
import GRDB
import Core
import Synchronization

/// The rules of all buses: the template's, and those made through the API, which the database keeps. Without a database
/// there are the template's only.
package final class RuleStore: Sendable {
  package static let migrations = [
    LocalDatabase.Migration("rules/1") { db in
      try db.execute(
        sql: """
          CREATE TABLE rules (
            bus TEXT NOT NULL,
            name TEXT NOT NULL,
            document BLOB NOT NULL,
            PRIMARY KEY (bus, name)
          ) STRICT, WITHOUT ROWID;
          """)
    }
  ]

  /// Rules on all buses together. EventBridge allows 300 on each.
  static let maximumRules = 20_000
  /// EventBridge's own limit.
  package static let maximumTargets = 5

  /// What the database keeps of a rule.
  private struct Document: Codable {
    var pattern: String
    var state: RuleState
    var description: String?
    var targets: [RuleTarget]
  }

  private struct State: Sendable {
    var rules: [BusRule.Key: BusRule]
    /// Made when it is wanted: a script that puts a thousand rules does not have them arranged a thousand times.
    var router: EventRouter?
  }

  package let busNames: Set<String>
  private let functionsByARN: [String: String]
  private let groups: [String: [String]]
  private let database: LocalDatabase?
  private let state: Mutex<State>

  /// Reads what the database keeps. Blocks.
  ///
  /// A rule that the template has too is the template's.
  ///
  /// - Parameter groups: the member of an event that says which message group it is of, by function.
  package init(
    template rules: [BusRule], buses: Set<String>, functionsByARN: [String: String], groups: [String: [String]],
    database: LocalDatabase?
  ) throws {
    self.functionsByARN = functionsByARN
    self.groups = groups
    self.database = database
    busNames = Set(rules.map(\.key.bus)).union(buses).union(["default"])
    var all: [BusRule.Key: BusRule] = [:]
    let stored = try database?.readBlocking { try Row.fetchAll($0, sql: "SELECT bus, name, document FROM rules") }
    for row in stored ?? [] {
      let (key, content) = (BusRule.Key(bus: row["bus"], name: row["name"]), row["document"] as Data)
      let document = try JSON.decode(Document.self, from: [UInt8](content))
      all[key] = try BusRule(
        key: key, patternText: document.pattern, state: document.state, description: document.description,
        targets: document.targets.map { BusRule.Target(stored: $0, functionsByARN: functionsByARN) })
    }
    for rule in rules { all[rule.key] = rule }
    state = Mutex(State(rules: all))
  }

  /// As the rules are now.
  package var router: EventRouter {
    state.withLock { state in
      if let router = state.router { return router }
      let router = EventRouter(
        rules: state.rules.values.sorted { $0.key < $1.key }, buses: busNames, groups: groups)
      state.router = router
      return router
    }
  }

  package func rule(_ key: BusRule.Key) -> BusRule? { state.withLock { $0.rules[key] } }

  /// By name.
  package func rules(on bus: String) -> [BusRule] {
    state.withLock { state in state.rules.values.filter { $0.key.bus == bus } }.sorted { $0.key < $1.key }
  }

  /// Whom a rule can reach.
  package func target(_ target: RuleTarget) throws(ServiceError) -> BusRule.Target {
    try BusRule.Target(target, functionsByARN: functionsByARN)
  }

  /// Changes one rule; changes are made one after the other, and are durable and in force when this returns.
  ///
  /// - Parameter change: is given the rule as it is, and returns what it becomes; nil is no rule.
  /// - Throws: `ServiceError`: if it is the template's, if there are too many, what `change` throws.
  package func change(
    _ key: BusRule.Key, _ change: @escaping @Sendable (_ rule: BusRule?) throws -> BusRule?
  ) async throws {
    guard let database else {
      throw ServiceError(
        code: "ManagedRuleException",
        message: "where nodes share a queue, rules are the template's: change it there, on every node")
    }
    try await database.write { [self] db in
      let (old, count) = state.withLock { ($0.rules[key], $0.rules.count) }
      if old?.isOfTemplate == true {
        throw ServiceError(
          code: "ManagedRuleException",
          message: "Rule \(key.name) on EventBus \(key.bus) stands in this runtime's template: change it there.")
      }
      let new = try change(old)
      if let new {
        guard old != nil || count < Self.maximumRules else {
          throw ServiceError(
            code: "LimitExceededException", message: "there are \(Self.maximumRules) rules, which is the limit")
        }
        let document = Document(
          pattern: new.patternText, state: new.state, description: new.description,
          targets: new.targets.map(\.described))
        try db.execute(
          sql: "INSERT OR REPLACE INTO rules (bus, name, document) VALUES (?, ?, ?)",
          arguments: [key.bus, key.name, Data(try JSON.encode(document))])
      } else {
        try db.execute(sql: "DELETE FROM rules WHERE bus = ? AND name = ?", arguments: [key.bus, key.name])
      }
      db.afterNextTransaction(onCommit: { [self] _ in
        state.withLock { state in
          state.rules[key] = new
          state.router = nil
        }
      })
    }
  }
}
