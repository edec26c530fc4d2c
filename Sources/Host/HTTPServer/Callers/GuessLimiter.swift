package import Logging
import Core
import Synchronization

/// Slows wrong secrets down and tells the log of them: each answer waits a second, and only so many wait at a time.
///
/// A right secret is never held up, however many wrong ones come in.
package final class GuessLimiter: Sendable {
  private struct State {
    var waiting = 0
    var untold = 0
    var told: ContinuousClock.Instant?
  }

  private let what: String
  private let delay: Duration
  private let maximumWaiting: Int
  private let state = Mutex(State())

  /// - Parameters:
  ///   - what: what is guessed, for the log.
  ///   - delay: how long the answer to a wrong secret waits.
  package init(_ what: String, delay: Duration = .seconds(1), maximumWaiting: Int = 16) {
    self.what = what
    self.delay = delay
    self.maximumWaiting = maximumWaiting
  }

  /// Waits after a wrong secret.
  ///
  /// - Returns: false where so many wait already that this one is to be answered at once, with 429.
  package func failed(from address: String, logger: Logger) async -> Bool {
    let now = ContinuousClock.now
    let (mayWait, count) = state.withLock { state in
      state.untold += 1
      var count: Int?
      // One line for as many as come within ten seconds.
      if state.told.map({ now - $0 >= .seconds(10) }) ?? true {
        (count, state.untold, state.told) = (state.untold, 0, now)
      }
      guard state.waiting < maximumWaiting else { return (false, count) }
      state.waiting += 1
      return (true, count)
    }
    if let count {
      logger.warning("wrong \(what)", metadata: ["from": "\(address)", "times": "\(count)"])
    }
    guard mayWait else { return false }
    try? await Task.sleep(for: delay)
    state.withLock { $0.waiting -= 1 }
    return true
  }
}
