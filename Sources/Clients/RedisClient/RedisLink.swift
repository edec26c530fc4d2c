import Core

/// A connection that is made again when it is needed and broken, but not sooner than its back-off allows.
package struct RedisLink: Sendable {
  package let address: RedisAddress
  private let timeout: Duration
  private var live: RedisConnection?
  private var usedAt = ContinuousClock.now
  private var failures = 0
  private var mayConnect = ContinuousClock.now
  private var lastError = RedisError.closed

  private static let backOff = RetryPolicy(
    maximumAttempts: .max, baseDelay: .milliseconds(100), maximumDelay: .seconds(5))
  /// A connection that has rested for longer may have been closed by the other side: that is better found out by a
  /// PING than by a command that must not be sent twice.
  private static let trusted = Duration.seconds(1)

  /// - Parameter timeout: for connecting, and for every answer.
  package init(_ address: RedisAddress, timeout: Duration) {
    self.address = address
    self.timeout = timeout
  }

  /// The connection. Blocks where it has to be made.
  ///
  /// - Throws: `RedisError` where that fails, or failed a moment ago.
  package mutating func connection() throws(RedisError) -> RedisConnection {
    defer { usedAt = .now }
    if let live {
      if ContinuousClock.now - usedAt < Self.trusted { return live }
      if (try? live.call(RedisCommand("PING"))) != nil { return live }
      broke()
    }
    guard ContinuousClock.now >= mayConnect else { throw lastError }
    do throws(RedisError) {
      let made = try RedisConnection(address, timeout: timeout)
      (live, failures) = (made, 0)
      return made
    } catch {
      failures += 1
      lastError = error
      mayConnect = .now + Self.backOff.delay(afterAttempt: failures, randomness: .random(in: 0.5..<1))
      throw error
    }
  }

  /// How long until the next try may be made.
  package var pause: Duration { max(.zero, mayConnect - .now) }

  /// The connection is of no more use.
  package mutating func broke() { live = nil }
}
