import AdminServer
import EventRouting
import Invocations
import LocalStorage
import SQLiteQueue
import RedisQueue
import FoundationEssentials
import Logging
import RedisClient
import Core

/// Where a runtime keeps what must not be lost: in its data folder, or in a queue that it shares with other nodes.
enum RuntimeStorage: Sendable {
  case local(LocalDatabase, SQLiteInvocationQueue)
  case shared(RedisInvocationQueue)

  /// The tables of everything that shares the database.
  static let migrations = FileObjectBackend.migrations + QueueSchema.migrations + RuleStore.migrations

  /// Opens it. Blocks.
  ///
  /// - Throws: `RuntimeError` (`StoreNeeded`); `RedisError`; what the storage throws.
  init(
    _ configuration: LocalRuntimeConfiguration, functions: Set<String>, deduplication: DeduplicationRules,
    logger: Logger
  ) throws {
    let folder = configuration.dataFolder
    guard let address = configuration.queue else {
      let database = try LocalDatabase(
        path: "\(folder)/\(StoreBackup.database)", migrations: Self.migrations)
      self = .local(
        database,
        try SQLiteInvocationQueue(
          database: database, deduplication: deduplication, maximumQueued: configuration.maximumQueued))
      return
    }
    self = .shared(
      try RedisInvocationQueue(
        RedisInvocationQueue.Configuration(
          address: address, node: try Self.nodeName(folder), functions: functions,
          deduplication: deduplication, takeoverAfter: configuration.takeoverAfter,
          maximumQueued: configuration.maximumQueued),
        logger: logger))
  }

  var queue: any InvocationQueue {
    switch self {
    case .local(_, let queue): queue
    case .shared(let queue): queue
    }
  }

  /// nil where the queue is shared.
  var database: LocalDatabase? {
    if case .local(let database, _) = self { database } else { nil }
  }

  var isShared: Bool { database == nil }

  /// Blocks.
  func close() throws {
    switch self {
    case .local(let database, _): try database.close()
    case .shared(let queue): queue.close()
    }
  }

  /// The machines that run functions of this queue: this one, and those that share the queue.
  func nodes(startedAt: Date, slots: Int, running: Int) async throws -> [NodeStatus] {
    var this = NodeStatus(name: "local", isThis: true)
    this.hostName = ProcessInfo.processInfo.hostName
    this.startedAt = startedAt.millisecondsSince1970
    this.processors = ProcessInfo.processInfo.activeProcessorCount
    this.slots = slots
    this.running = running
    this.memory = MemoryUse.resident()
    guard case .shared(let queue) = self else { return [this] }
    this.name = queue.configuration.node
    return [this]
      + (try await queue.nodes().filter { $0.name != this.name }.map { node in
        var status = NodeStatus(name: node.name, isThis: false)
        status.seenAt = node.seenAt.millisecondsSince1970
        return status
      })
  }

  /// The same at every start with this data folder, and no other node's: made once, kept there.
  private static func nodeName(_ folder: String) throws -> String {
    let file = URL(filePath: "\(folder)/node")
    if let name = try? String(contentsOf: file, encoding: .utf8), !name.isEmpty { return name }
    let name = RequestID.make()
    try name.write(to: file, atomically: true, encoding: .utf8)
    return name
  }
}
