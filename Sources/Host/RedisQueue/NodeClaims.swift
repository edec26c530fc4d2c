import Synchronization

/// What this node holds, and whether it may take over what others do not speak for.
final class NodeClaims: Sendable {
  private struct State {
    var entries: [Int64: String] = [:]
    var mayTakeOverUntil = ContinuousClock.now
  }

  private let state = Mutex(State())

  /// A permission that the keeper renews, so that it is gone after a pause of the whole process.
  var mayTakeOver: Bool { state.withLock { ContinuousClock.now < $0.mayTakeOverUntil } }

  func mayTakeOver(for duration: Duration) { state.withLock { $0.mayTakeOverUntil = .now + duration } }

  var all: [Int64: String] { state.withLock { $0.entries } }

  func entry(of number: Int64) -> String? { state.withLock { $0.entries[number] } }

  /// - Returns: false where it was held already.
  func add(_ number: Int64, _ entry: String) -> Bool {
    state.withLock { $0.entries.updateValue(entry, forKey: number) == nil }
  }

  func remove(_ numbers: [Int64]) {
    state.withLock { state in
      for number in numbers { state.entries[number] = nil }
    }
  }
}
