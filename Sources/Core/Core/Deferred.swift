import Synchronization

/// A value that becomes known after its users were made.
package final class Deferred<Value: Sendable>: Sendable {
  private struct State {
    var value: Value?
    var waiters: [CheckedContinuation<Void, Never>] = []
    var isClosed = false
  }

  private let state = Mutex(State())

  package init() {}

  package var value: Value? { state.withLock { $0.value } }

  package func set(_ value: Value) {
    finish { $0.value = value }
  }

  /// Waits for the value; nil where the task is cancelled first.
  package func wait() async -> Value? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if state.value != nil || state.isClosed || Task.isCancelled { return true }
          state.waiters.append(continuation)
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      finish { $0.isClosed = true }
    }
    return value
  }

  private func finish(_ change: (inout State) -> Void) {
    let waiters = state.withLock { state in
      change(&state)
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }
}
