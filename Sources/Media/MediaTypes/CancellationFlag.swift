import Synchronization

/// Asks a blocking call to end soon; may be set from any thread, any number of times.
package final class CancellationFlag: Sendable {
  private let flag = Atomic(false)

  package init() {}

  package func cancel() { flag.store(true, ordering: .relaxed) }

  package var isCancelled: Bool { flag.load(ordering: .relaxed) }

  /// - Throws: `MediaError` `Cancelled` where the flag is set.
  package func check() throws(MediaError) {
    if isCancelled { throw MediaError(.cancelled, "the work was cancelled") }
  }
}
