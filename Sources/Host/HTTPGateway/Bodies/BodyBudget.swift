import Synchronization

/// Memory for request bodies that travel in events, shared by all requests of a port. What is beyond it is refused, so that
/// clients who send slowly, or many at the same time, do not take the host's memory.
final class BodyBudget: Sendable {
  /// Bytes of a body that need no budget: a port's connections have few of them together.
  static let free = 64 << 10

  private let left: Mutex<Int>

  /// - Parameter bytes: of all bodies beyond `free` of each.
  init(bytes: Int = 256 << 20) {
    left = Mutex(bytes)
  }

  func share() -> Share { Share(self) }

  /// One body's memory; given back when the last reference goes.
  final class Share: Sendable {
    private let budget: BodyBudget
    private let taken = Mutex(0)

    fileprivate init(_ budget: BodyBudget) {
      self.budget = budget
    }

    /// Sees to it that the share is as large as the body now is.
    ///
    /// - Returns: false if the budget is used up.
    func grow(to bytes: Int) -> Bool {
      taken.withLock { taken in
        let more = bytes - BodyBudget.free - taken
        guard more > 0 else { return true }
        let isTaken = budget.left.withLock { left in
          guard left >= more else { return false }
          left -= more
          return true
        }
        if isTaken { taken += more }
        return isTaken
      }
    }

    deinit {
      let bytes = taken.withLock { $0 }
      budget.left.withLock { $0 += bytes }
    }
  }
}
