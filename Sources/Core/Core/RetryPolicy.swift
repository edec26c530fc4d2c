/// When to try again and how long to wait: exponential back-off with full jitter.
///
/// The decision is pure; `run` is the one loop that carries it out.
package struct RetryPolicy: Sendable {
  /// All tries, the first included; at least 1.
  package var maximumAttempts: Int
  package var baseDelay: Duration
  package var maximumDelay: Duration

  package init(maximumAttempts: Int = 5, baseDelay: Duration = .milliseconds(50), maximumDelay: Duration = .seconds(5))
  {
    self.maximumAttempts = max(1, maximumAttempts)
    self.baseDelay = baseDelay
    self.maximumDelay = maximumDelay
  }

  package static let none = RetryPolicy(maximumAttempts: 1)

  /// The wait after failed attempt number `attempt` (from 1), a random part of `min(maximum, base × 2^(attempt − 1))`.
  ///
  /// - Parameter randomness: 0 ..< 1.
  package func delay(afterAttempt attempt: Int, randomness: Double) -> Duration {
    let ceiling = min(maximumDelay, baseDelay * (1 << min(max(attempt, 1) - 1, 20)))
    return ceiling * randomness
  }

  /// Calls `operation` until it succeeds, its error is not retryable, or the attempts are used up; then throws the last
  /// error. Cancellation ends the wait at once.
  package func run<Value>(
    clock: some Clock<Duration> = ContinuousClock(),
    _ operation: (_ attempt: Int) async throws -> Value
  ) async throws -> Value {
    var attempt = 1
    while true {
      try Task.checkCancellation()
      do {
        return try await operation(attempt)
      } catch let error as any ClassifiedError where error.isRetryable && attempt < maximumAttempts {
        try await clock.sleep(for: delay(afterAttempt: attempt, randomness: .random(in: 0..<1)))
        attempt += 1
      }
    }
  }
}
