import FoundationEssentials
import Logging
import RedisClient
import Core
import Synchronization

/// Says at regular intervals that this node lives and holds its claims, and listens for work that others queue: a thread
/// and a connection of its own, so that neither waits for anything else the node does.
///
/// It waits on the server (`XREAD BLOCK`) and asks for nothing in between. Once per interval, the third part of
/// `takeoverAfter`, functions are looked at without being told of: for claims to be taken over, and for retries whose node
/// is gone.
final class RedisQueueKeeper: Sendable {
  private let configuration: RedisInvocationQueue.Configuration
  private let claims: NodeClaims
  private let logger: Logger
  private let onQueued: @Sendable (Set<String>) -> Void
  private let isClosed = Monitor(false)
  private let listening = Mutex<RedisConnection?>(nil)
  private let thread = Mutex<DedicatedThread?>(nil)

  /// The server's limit on the length of the stream is in the scripts.
  private static let maximumWakes = 256
  private static let timeout = Duration.seconds(5)

  /// Gives back what a former run of this node held, then starts. Blocks.
  ///
  /// - Throws: `RedisError`.
  init(
    _ configuration: RedisInvocationQueue.Configuration, claims: NodeClaims, logger: Logger,
    onQueued: @escaping @Sendable (Set<String>) -> Void
  ) throws {
    self.configuration = configuration
    self.claims = claims
    self.logger = logger
    self.onQueued = onQueued
    var link = RedisLink(configuration.address, timeout: Self.timeout)
    let connection = try link.connection()
    Self.checkDurability(connection, logger)
    let count = try connection.run(QueueScripts.recover, identity).integer ?? 0
    if count > 0 { logger.notice("taking up unfinished invocations again", metadata: ["count": "\(count)"]) }
    let body = try DedicatedThread(name: "redis-keeper") { [link] in
      withoutBrokenPipeSignals()
      self.work(link)
    }
    thread.withLock { $0 = body }
  }

  /// Blocks until the thread has ended, which is soon.
  func close() {
    isClosed.update { $0 = true }
    listening.withLock { $0?.interrupt() }
    thread.withLock { $0 }?.join()
  }

  /// A server that keeps everything in memory only is said; one that does not tell is left in peace.
  private static func checkDurability(_ connection: RedisConnection, _ logger: Logger) {
    let setting = try? connection.call(RedisCommand("CONFIG", "GET", "appendonly"))
    if setting?.array?.last?.text == "no" {
      logger.warning("the Redis server has 'appendonly no': when it ends, what is queued since its last save is lost")
    }
  }

  private var identity: RedisCommand { RedisCommand(configuration.prefix, configuration.node) }
  private var interval: Duration { configuration.takeoverAfter / 3 }
  private var mustEnd: Bool { isClosed.wait(atMost: .zero) { $0 ? true : nil } ?? false }

  private func work(_ first: RedisLink) {
    var link = first
    var isSaid = false
    while !mustEnd {
      do throws(RedisError) {
        let connection = try link.connection()
        if isSaid { logger.notice("the Redis server is there again") }
        isSaid = false
        listening.withLock { $0 = connection }
        try serve(connection)
      } catch {
        link.broke()
        claims.mayTakeOver(for: .zero)
        if !isSaid, !mustEnd { logger.error("no connection to the queue; trying on", metadata: ["error": "\(error)"]) }
        isSaid = true
      }
      listening.withLock { $0 = nil }
      _ = isClosed.wait(atMost: max(link.pause, .milliseconds(50))) { $0 ? true : nil }
    }
  }

  /// Until closed.
  private func serve(_ connection: RedisConnection) throws(RedisError) {
    let connected = ContinuousClock.now
    var seen = try newestWake(connection)
    var next = connected
    while !mustEnd {
      let now = ContinuousClock.now
      if now >= next {
        try extend(connection)
        // After an interruption every node's claims look forgotten: each gets the time to speak for them first. And who
        // has been late itself does not judge others.
        let isInTime = now - connected >= configuration.takeoverAfter && now - next < interval
        claims.mayTakeOver(for: isInTime ? interval * 3 / 2 : .zero)
        next = now + interval
        onQueued(configuration.functions)
      }
      let wait = min(next - now, .seconds(5))
      let block = RedisCommand(
        "XREAD", "COUNT", "\(Self.maximumWakes)", "BLOCK", "\(max(1, wait.inMilliseconds))", "STREAMS",
        "\(configuration.prefix)wake", seen)
      let functions = wakes(in: try connection.call(block, wait: wait), seen: &seen)
      if !functions.isEmpty { onQueued(functions) }
    }
  }

  private func newestWake(_ connection: RedisConnection) throws(RedisError) -> String {
    let newest = try connection.call(
      RedisCommand("XREVRANGE", "\(configuration.prefix)wake", "+", "-", "COUNT", "1"))
    return newest.array?.first?.array?.first?.text ?? "0-0"
  }

  /// Functions that other nodes have queued work of.
  private func wakes(in answer: RedisValue, seen: inout String) -> Set<String> {
    let entries = answer.array?.first?.array?.last?.array ?? []
    if let last = entries.last?.array?.first?.text { seen = last }
    // Some may have been thrown away unread.
    if entries.count >= Self.maximumWakes { return configuration.functions }
    var functions: Set<String> = []
    for entry in entries {
      let fields = entry.array?.last?.array?.compactMap(\.text) ?? []
      guard fields.count > 1, fields[1] != configuration.node else { continue }
      for index in stride(from: 3, to: fields.count, by: 2) { functions.insert(fields[index]) }
    }
    return functions.intersection(configuration.functions)
  }

  private func extend(_ connection: RedisConnection) throws(RedisError) {
    var rest = claims.all[...]
    // Also without claims: it is the node's sign of life.
    repeat {
      let part = rest.prefix(1000)
      rest = rest.dropFirst(part.count)
      var command = identity
      for (number, entry) in part {
        command.append(number)
        command.append(entry)
      }
      let lost = try connection.run(QueueScripts.extend, command).array?.compactMap(\.integer) ?? []
      claims.remove(lost)
      if !lost.isEmpty {
        logger.warning(
          "other nodes have taken over what this one did not speak for in time; its own ends do not count",
          metadata: ["count": "\(lost.count)"])
      }
    } while !rest.isEmpty
  }
}
