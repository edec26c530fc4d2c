import Core

/// Runs scripts on a Redis server: a thread and a connection of its own. Calls that come while others are under way
/// share the next round trip.
///
/// A broken connection is made again with the next call, but not sooner than its back-off allows: until then calls fail at
/// once. What was sent and not answered is sent again where the script may be repeated; else its caller is told.
package final class RedisClient: Sendable {
  private struct Item {
    let script: RedisScript
    let arguments: RedisCommand
    let finish: @Sendable (Result<RedisValue, RedisError>) -> Void
  }

  private struct State {
    var waiting: [Item] = []
    var isClosed = false
  }

  package let address: RedisAddress
  private let state = Monitor(State())

  /// Calls of one round trip, and bytes of them, at most.
  private static let maximumBatch = (calls: 256, bytes: 4 << 20)

  /// Connects. Blocks.
  ///
  /// - Parameter timeout: for connecting, and for every answer.
  /// - Throws: `RedisError` where the server is not there or does not let us in.
  package init(_ address: RedisAddress, timeout: Duration = .seconds(10)) throws {
    self.address = address
    var link = RedisLink(address, timeout: timeout)
    _ = try link.connection()
    _ = try DedicatedThread(name: "redis") { [state, link] in
      withoutBrokenPipeSignals()
      Self.work(state, link)
    }
  }

  deinit { close() }

  /// - Throws: `RedisError`.
  package func run(_ script: RedisScript, _ arguments: RedisCommand) async throws(RedisError) -> RedisValue {
    let result: Result<RedisValue, RedisError> = await withCheckedContinuation { continuation in
      let item = Item(script: script, arguments: arguments) { continuation.resume(returning: $0) }
      let isClosed = state.update { state in
        if !state.isClosed { state.waiting.append(item) }
        return state.isClosed
      }
      if isClosed { continuation.resume(returning: .failure(.closed)) }
    }
    return try result.get()
  }

  /// Ends after what was called so far. Further calls fail.
  package func close() {
    state.update { $0.isClosed = true }
  }

  // MARK: The thread

  private static func work(_ state: Monitor<State>, _ first: RedisLink) {
    var link = first
    while let items = next(state) {
      var items = items
      // What was sent and not answered may be sent once more; answers of a pipeline that broke are not told apart from
      // those that never came.
      for mayRepeat in [true, false] where !items.isEmpty {
        do throws(RedisError) {
          let connection = try link.connection()
          do throws(RedisError) {
            let answers = try connection.pipeline(items.map { $0.script.command($0.arguments, withSource: false) })
            for (item, answer) in zip(items, answers) { item.finish(result(item, answer, connection, link.address)) }
            items = []
          } catch {
            link.broke()
            for item in items where !(mayRepeat && item.script.isRepeatable) { item.finish(.failure(error)) }
            items = mayRepeat ? items.filter(\.script.isRepeatable) : []
          }
        } catch {
          for item in items { item.finish(.failure(error)) }
          items = []
        }
      }
    }
  }

  /// Waits for calls; nil once closed and nothing is left.
  private static func next(_ state: Monitor<State>) -> [Item]? {
    state.wait { state -> [Item]?? in
      guard !state.waiting.isEmpty else { return state.isClosed ? .some(nil) : nil }
      var bytes = 0
      let count =
        state.waiting.prefix(maximumBatch.calls).prefix { item in
          defer { bytes += item.arguments.byteCount }
          return bytes < maximumBatch.bytes
        }.count
      defer { state.waiting.removeFirst(count) }
      return Array(state.waiting.prefix(count))
    }
  }

  private static func result(
    _ item: Item, _ answer: RedisValue, _ connection: RedisConnection, _ address: RedisAddress
  ) -> Result<RedisValue, RedisError> {
    guard case .error(let text) = answer else { return .success(answer) }
    guard text.hasPrefix("NOSCRIPT") else { return .failure(.refused(address, text)) }
    return Result { () throws(RedisError) in try connection.run(item.script, item.arguments) }
  }
}
