import MediaTypes
import Synchronization

/// The one failure policy of a render: the first error wins, and all stages stop.
package final class RenderOutcome: Sendable {
  private let failure = Mutex<(any Error)?>(nil)
  private let stop = CancellationFlag()

  /// Whether a stage has failed, so that the others need not go on.
  package var hasFailed: Bool { stop.isCancelled }

  package init() {}

  package func fail(_ error: any Error) {
    failure.withLock { if $0 == nil { $0 = error } }
    stop.cancel()
  }

  package func rethrow() throws {
    if let error = failure.withLock({ $0 }) { throw error }
  }
}
