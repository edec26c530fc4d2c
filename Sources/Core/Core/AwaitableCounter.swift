import Synchronization

/// A number that only grows, and the tasks that wait until it has grown.
package final class AwaitableCounter: Sendable {
  private struct State {
    var level = 0
    var isClosed = false
    var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    var nextWaiter = 0
  }

  private let maximumWaiters: Int
  private let state = Mutex(State())

  /// - Parameter maximumWaiters: at the same time; others do not wait.
  package init(maximumWaiters: Int = 64) {
    self.maximumWaiters = maximumWaiters
  }

  package var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Lets all waiting tasks go on. A level that is not above the present one changes nothing.
  package func rise(to level: Int) {
    release { state in
      guard level > state.level else { return false }
      state.level = level
      return true
    }
  }

  /// All waiting ends.
  package func close() {
    release { state in
      state.isClosed = true
      return true
    }
  }

  /// Waits until the level is above this one, at most `timeout`, or until the task is cancelled.
  package func wait(above level: Int, timeout: Duration) async {
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    var timer: Task<Void, Never>?
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let mustWait = state.withLock { state in
          guard !Task.isCancelled, !state.isClosed, state.level <= level, state.waiters.count < maximumWaiters else {
            return false
          }
          state.waiters[id] = continuation
          return true
        }
        guard mustWait else { return continuation.resume() }
        timer = Task {
          try? await Task.sleep(for: timeout)
          self.release(id)
        }
      }
    } onCancel: {
      release(id)
    }
    timer?.cancel()
  }

  private func release(_ id: Int) {
    state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
  }

  /// - Parameter change: returns whether waiting tasks may go on.
  private func release(after change: (inout State) -> Bool) {
    let waiters = state.withLock { state in
      guard change(&state) else { return [CheckedContinuation<Void, Never>]() }
      defer { state.waiters = [:] }
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.resume() }
  }
}
