import Dispatch

/// Closed until it is opened, then open for the rest of its life.
package final class Gate: Sendable {
  private let group = DispatchGroup()

  package init() { group.enter() }

  /// To be called once.
  package func open() { group.leave() }

  /// Blocks; for threads of one's own.
  package func wait() { group.wait() }

  /// For tasks.
  package func opened() async {
    await withCheckedContinuation { continuation in
      group.notify(queue: .global()) { continuation.resume() }
    }
  }
}
