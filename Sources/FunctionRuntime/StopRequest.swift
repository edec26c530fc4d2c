import Synchronization

/// "End between two events": interrupts the wait for the next event, never the work on one.
final class StopRequest: Sendable {
  private struct State {
    var isMade = false
    var interrupt: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  var isMade: Bool { state.withLock(\.isMade) }

  func make() {
    let interrupt = state.withLock { state in
      state.isMade = true
      return state.interrupt
    }
    interrupt?()
  }

  /// Runs `wait`, which is cancelled when the request is made; `nil` where that, or an earlier request, ended it.
  ///
  /// - Parameter executor: where it runs; nil: on the cooperative pool.
  func interrupting<Value: Sendable>(
    on executor: (any TaskExecutor)? = nil, _ wait: @escaping @Sendable () async throws -> Value?
  ) async throws -> Value? {
    let task = Task(executorPreference: executor) { try await wait() }
    let isMade = state.withLock { state in
      state.interrupt = { task.cancel() }
      return state.isMade
    }
    defer { state.withLock { $0.interrupt = nil } }
    if isMade { task.cancel() }
    do {
      return try await withTaskCancellationHandler {
        try await task.value
      } onCancel: {
        task.cancel()
      }
    } catch  where self.isMade {
      return nil
    }
  }
}
