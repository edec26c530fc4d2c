import Synchronization

/// Until when a shutdown may take. Set once it begins; shared by everything that drains.
package final class DrainDeadline: Sendable {
  private let timeout: Duration
  private let end = Mutex<ContinuousClock.Instant?>(nil)

  /// - Parameter timeout: how long what runs may take to end.
  package init(timeout: Duration) {
    self.timeout = timeout
  }

  /// The first call sets it.
  package func begin() {
    end.withLock { $0 = $0 ?? .now + timeout }
  }

  /// What is left of it, at least `minimum`.
  package func remaining(atLeast minimum: Duration = .zero) -> Duration {
    begin()
    return max(minimum, end.withLock { $0 }.map { $0 - .now } ?? timeout)
  }
}
