import Synchronization

/// Says once that the result of something is not wanted any more.
package final class CancellationSignal: Sendable {
  private struct State {
    var isRaised = false
    var handler: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  package init() {}

  package var isRaised: Bool { state.withLock { $0.isRaised } }

  /// Raising it again changes nothing.
  package func raise() {
    let handler = state.withLock { state in
      state.isRaised = true
      defer { state.handler = nil }
      return state.handler
    }
    handler?()
  }

  /// Calls `body` when the signal is raised, or at once if it is. Replaces an earlier handler; nil takes it away.
  package func whenRaised(_ body: (@Sendable () -> Void)?) {
    let isRaised = state.withLock { state in
      if !state.isRaised { state.handler = body }
      return state.isRaised
    }
    if isRaised { body?() }
  }
}
