import Synchronization

/// Lets a few through at a time. The others wait, in the order in which they came.
package final class Turnstile: Sendable {
  private struct State {
    var inside = 0
    var waiting: [Waiter] = []
  }

  private let places: Int
  private let maximumWaiting: Int
  private let state = Mutex(State())

  /// - Parameters:
  ///   - places: inside at the same time, at least 1.
  ///   - maximumWaiting: more are turned away at once.
  package init(places: Int, maximumWaiting: Int) {
    self.places = max(1, places)
    self.maximumWaiting = maximumWaiting
  }

  /// Waits for a place, which is to be given back by `leave`.
  ///
  /// - Parameters:
  ///   - timeout: how long to wait.
  ///   - watch: is given what ends the wait; it may be called at any time, by any thread.
  /// - Returns: false if there was no place in time, or too many wait already.
  package func enter(
    within timeout: Duration, watch: (_ giveUp: @escaping @Sendable () -> Void) -> Void = { _ in }
  ) async -> Bool {
    let waiter = Waiter()
    let verdict: Bool? = state.withLock { state in
      if state.inside < places, state.waiting.isEmpty {
        state.inside += 1
        return true
      }
      guard state.waiting.count < maximumWaiting else { return false }
      state.waiting.append(waiter)
      return nil
    }
    if let verdict { return verdict }
    watch { _ = waiter.settle(false) }
    let timer = Task {
      try await Task.sleep(for: timeout)
      _ = waiter.settle(false)
    }
    defer { timer.cancel() }
    if await waiter.verdict() { return true }
    state.withLock { $0.waiting.removeAll { $0 === waiter } }
    return false
  }

  package func leave() {
    while true {
      let next = state.withLock { state -> Waiter? in
        guard !state.waiting.isEmpty else {
          state.inside -= 1
          return nil
        }
        return state.waiting.removeFirst()
      }
      // One that has given up by now leaves the place to the next.
      guard let next, !next.settle(true) else { return }
    }
  }
}

/// Waits until it is told whether it has a place; the first to tell it counts.
private final class Waiter: Sendable {
  private enum State {
    case new
    case waiting(CheckedContinuation<Bool, Never>)
    case settled(Bool)
  }

  private let state = Mutex(State.new)

  func verdict() async -> Bool {
    await withCheckedContinuation { continuation in
      let settled: Bool? = state.withLock { state in
        if case .settled(let verdict) = state { return verdict }
        state = .waiting(continuation)
        return nil
      }
      if let settled { continuation.resume(returning: settled) }
    }
  }

  /// - Returns: whether this call settled it.
  func settle(_ verdict: Bool) -> Bool {
    let (isFirst, continuation) = state.withLock { state -> (Bool, CheckedContinuation<Bool, Never>?) in
      switch state {
      case .settled: return (false, nil)
      case .new:
        state = .settled(verdict)
        return (true, nil)
      case .waiting(let continuation):
        state = .settled(verdict)
        return (true, continuation)
      }
    }
    continuation?.resume(returning: verdict)
    return isFirst
  }
}
