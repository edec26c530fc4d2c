import Synchronization

/// Joins "the task was cancelled" with "this is how to cancel", in whichever order they come.
final class Cancellation: Sendable {
  private enum State {
    case idle
    case armed(@Sendable () -> Void)
    case cancelled
  }

  private let state = Mutex(State.idle)

  /// Runs `action` when the task is cancelled, at once where it is already.
  func arm(_ action: @escaping @Sendable () -> Void) {
    let isCancelled = state.withLock { state in
      if case .cancelled = state { return true }
      state = .armed(action)
      return false
    }
    if isCancelled { action() }
  }

  func cancel() {
    let action = state.withLock { state -> (@Sendable () -> Void)? in
      defer { state = .cancelled }
      if case .armed(let action) = state { return action }
      return nil
    }
    action?()
  }
}
