package import Invocations
package import FoundationEssentials
package import Logging
package import RedisClient
import Core
import Synchronization

/// The queue of many machines, in Redis: what one node enqueues, any node may run.
///
/// A claim is an entry of a stream that is pending with the node in a consumer group. The node says at every third part of
/// `takeoverAfter` that it lives (`RedisQueueKeeper`), for as long as it holds a claim: an invocation may run for hours.
/// What a node has not spoken for in that time, another one takes over (`XAUTOCLAIM`). A node whose claim was taken over
/// may finish its run, but the end does not count: there is one end, one set of follow-ups, one dead letter.
///
/// As with the other queues, retries that are due go first, then the groups in turn, with one turn for all nodes. Weaker
/// than in one process:
/// - A node that finds nothing free asks no more until it is told of work or the third part of `takeoverAfter` is over.
/// - What is claimed and has not begun to run waits with its node, even where another one is free.
/// - Moments of retries are compared by the nodes' clocks, which must agree to a second or so.
/// - What is acknowledged is as durable as the server's own settings make it (`appendonly`, `appendfsync`).
package final class RedisInvocationQueue: InvocationQueue {
  package struct Configuration: Sendable {
    package var address: RedisAddress
    /// Names this node: no two that run at the same time may have the same; the same again after a restart gets its
    /// unfinished work back at once.
    package var node: String
    /// Functions that this node runs.
    package var functions: Set<String>
    /// What work invocations are about.
    package var deduplication: DeduplicationRules
    /// After that long without a sign of life a node's claims go to others. Default 30 s, at least 1 s in earnest.
    package var takeoverAfter: Duration
    /// Most invocations at the same time, dead letters not counted.
    package var maximumQueued: Int
    /// Begins the name of every key, so that a database can be shared. Nodes that are to share work must have the same.
    package var prefix: String

    package init(
      address: RedisAddress, node: String, functions: Set<String>,
      deduplication: DeduplicationRules = DeduplicationRules(), takeoverAfter: Duration = .seconds(30),
      maximumQueued: Int = 1_000_000, prefix: String = "zoetrope:"
    ) {
      self.address = address
      self.node = node
      self.functions = functions
      self.deduplication = deduplication
      self.takeoverAfter = takeoverAfter
      self.maximumQueued = maximumQueued
      self.prefix = prefix
    }
  }

  package let newWork = NewWork()
  package let configuration: Configuration
  package let client: RedisClient
  private let claims: NodeClaims
  private let keeper: RedisQueueKeeper
  private let logger: Logger

  /// Payload bytes that one claim brings into memory per function, unless a single invocation has more.
  private static let maximumBytes = 4 << 20
  /// Longer waits than any retry's come from a clock that stepped back before this run, and count as over.
  private static let maximumWait = RetryDecision.maximumDelay.components.seconds * 1000
  /// Ends in one script: while it runs the server serves no other client.
  private static let maximumEnds = 128

  /// Connects, and takes back what a former run of this node left unfinished. Blocks.
  ///
  /// - Throws: `RedisError`.
  package init(_ configuration: Configuration, logger: Logger) throws {
    self.configuration = configuration
    self.logger = logger
    client = try RedisClient(configuration.address)
    claims = NodeClaims()
    keeper = try RedisQueueKeeper(configuration, claims: claims, logger: logger, newWork: newWork)
  }

  /// Ends its threads. Claims that are still held go to other nodes in time. Blocks.
  package func close() {
    keeper.close()
    client.close()
  }

  /// Gives no sign of life any more, as a node that hangs. Blocks.
  package func stopSpeaking() { keeper.close() }

  package func command() -> RedisCommand { RedisCommand(configuration.prefix, configuration.node) }

  package func enqueue(_ invocations: [NewInvocation]) async throws {
    guard !invocations.isEmpty else { return }
    var command = command()
    command.append(configuration.maximumQueued)
    command.append(configuration.deduplication.identify(invocations))
    guard try await client.run(QueueScripts.enqueue, command).integer == 1 else {
      throw QueueError.full(limit: configuration.maximumQueued)
    }
    newWork.add(invocations.map(\.function))
  }

  package func publish(
    key: String?, at now: Date, response: [UInt8], invocations: [NewInvocation]
  ) async throws -> (response: [UInt8], isNew: Bool) {
    var command = command()
    command.append(configuration.maximumQueued)
    command.append(key ?? "")
    command.append(response)
    command.append(configuration.deduplication.identify(invocations))
    let answer = try await client.run(QueueScripts.publish, command)
    if answer.integer == 0 { throw QueueError.full(limit: configuration.maximumQueued) }
    guard let parts = answer.array, parts.count == 2, let response = parts[1].bytes else {
      throw RedisError.unexpected("a publication")
    }
    let isNew = parts[0].integer == 1
    if isNew { newWork.add(invocations.map(\.function)) }
    return (response, isNew)
  }

  package func claim(_ wanted: [String: Int], at now: Date) async throws -> [String: ClaimedBatch] {
    let wanted = wanted.filter { $0.value > 0 }
    guard !wanted.isEmpty else { return [:] }
    var command = command()
    command.append(now.millisecondsSince1970)
    command.append(Self.maximumWait)
    command.append(claims.mayTakeOver ? configuration.takeoverAfter.inMilliseconds : -1)
    command.append(Self.maximumBytes)
    for (function, count) in wanted {
      command.append(function)
      command.append(count)
    }
    guard let lanes = try await client.run(QueueScripts.claim, command).array else {
      throw RedisError.unexpected("a claim")
    }
    var batches: [String: ClaimedBatch] = [:]
    for lane in lanes {
      guard let lane = lane.array, lane.count == 4, let function = lane[0].text, let next = lane[2].integer,
        let found = lane[3].array
      else { throw RedisError.unexpected("a claim") }
      let invocations = try found.compactMap { value -> ClaimedInvocation? in
        let (claimed, entry) = try Self.claimed(value, function)
        // Taken over from this node itself, which is at work on it: its own signs of life came late.
        return claims.add(claimed.number, entry) ? claimed : nil
      }
      batches[function] = ClaimedBatch(
        invocations: invocations, hasMore: lane[1].integer == 1,
        nextAt: next < 0 ? nil : Date(millisecondsSince1970: next))
    }
    return batches
  }

  package func finish(_ ends: [InvocationEnd]) async throws {
    var rest = ends[...]
    while !rest.isEmpty {
      let chunk = rest.prefix(Self.maximumEnds)
      rest = rest.dropFirst(chunk.count)
      var command = command()
      for end in chunk {
        // What was taken over is another node's to end.
        guard let entry = claims.entry(of: end.number) else { continue }
        command.append(end, entry: entry, followUps: configuration.deduplication.identify(end.followUps))
      }
      _ = try await client.run(QueueScripts.finish, command)
      claims.remove(chunk.map(\.number))
      newWork.add(chunk.flatMap(\.followUps).map(\.function))
    }
  }

  package func release(_ numbers: [Int64]) async {
    let held = numbers.compactMap { number in claims.entry(of: number).map { (number, $0) } }
    // First, so that it is spoken for no longer where the server cannot be told.
    claims.remove(numbers)
    guard !held.isEmpty else { return }
    var command = command()
    for (number, entry) in held {
      command.append(number)
      command.append(entry)
    }
    do {
      _ = try await client.run(QueueScripts.release, command)
    } catch {
      logger.warning("cannot give invocations back now; they are taken over in time", metadata: ["error": "\(error)"])
    }
  }

  package func depths() async throws -> [String: QueueDepth] {
    guard let lanes = try await client.run(QueueScripts.depths, command()).array else {
      throw RedisError.unexpected("the depths")
    }
    return try lanes.reduce(into: [:]) { depths, lane in
      guard let lane = lane.array, lane.count == 4, let function = lane[0].text, let queued = lane[1].integer,
        let dead = lane[2].integer, let oldest = lane[3].integer
      else { throw RedisError.unexpected("the depths") }
      depths[function] = QueueDepth(
        queued: Int(queued), deadLetters: Int(dead), oldest: oldest < 0 ? nil : Date(millisecondsSince1970: oldest))
    }
  }

  /// The nodes that gave a sign of life in the last day, the newest first.
  package func nodes() async throws -> [(name: String, seenAt: Date)] {
    let found = try await client.run(QueueScripts.nodes, command()).array ?? []
    return stride(from: 0, to: found.count - 1, by: 2).compactMap { index in
      guard let name = found[index].text, let seconds = found[index + 1].text.flatMap({ Double($0) }) else {
        return nil
      }
      return (name, Date(timeIntervalSince1970: seconds))
    }
  }

  /// number, entry, id, group, failed, enqueued, payload, deduplication
  private static func claimed(
    _ value: RedisValue, _ function: String
  ) throws(RedisError) -> (ClaimedInvocation, entry: String) {
    guard let value = value.array, value.count == 8, let number = value[0].integer, let entry = value[1].text,
      let id = value[2].text, let group = value[3].text, let failed = value[4].integer, let enqueued = value[5].integer,
      let payload = value[6].bytes, let deduplication = value[7].text
    else { throw .unexpected("a claim") }
    let invocation = NewInvocation(
      id: id, function: function, payload: payload, messageGroupID: group,
      deduplicationID: deduplication.isEmpty ? nil : deduplication, enqueuedAt: Date(millisecondsSince1970: enqueued))
    return (ClaimedInvocation(number: number, invocation: invocation, failedAttempts: Int(failed)), entry)
  }
}

extension RedisCommand {
  /// Their number, and all of them.
  mutating func append(_ invocations: [NewInvocation]) {
    append(invocations.count)
    for new in invocations {
      append(new.id)
      append(new.function)
      append(new.messageGroupID)
      append(new.deduplicationID ?? "")
      append(new.enqueuedAt.millisecondsSince1970)
      append(new.payload)
    }
  }

  fileprivate mutating func append(_ end: InvocationEnd, entry: String, followUps: [NewInvocation]) {
    let details: [String]
    switch end {
    case .done:
      append("done")
      details = []
    case .retry(_, let failed, let at):
      append("retry")
      details = [String(failed), String(max(1, at.millisecondsSince1970))]
    case .dead(_, let death, _):
      append("dead")
      details = [
        death.condition.rawValue, String(death.attempts), death.errorType, String(death.errorMessage.prefix(4096)),
        death.queue ?? "", String(death.at.millisecondsSince1970),
      ]
    }
    append(end.number)
    append(entry)
    append(details.count)
    for detail in details { append(detail) }
    append(followUps)
  }
}

extension Duration {
  var inMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
