import Synchronization

/// Asks a blocking call to end soon; may be set from any thread, any number of times.
package final class CancellationFlag: Sendable {
  private let flag = Atomic(false)
  private let cause = Mutex<MediaError?>(nil)
  private let handlers = Mutex<[@Sendable () -> Void]>([])

  package init() {}

  package func cancel() {
    flag.store(true, ordering: .releasing)
    for handler in handlers.withLock({ handlers in
      defer { handlers = [] }
      return handlers
    }) { handler() }
  }

  /// Has `handler` called once the flag is set, on the thread that sets it; at once if it is set already. For work that
  /// cannot look at the flag.
  package func onCancel(_ handler: @escaping @Sendable () -> Void) {
    handlers.withLock { $0.append(handler) }
    if isCancelled { cancel() }
  }

  /// Ends the work with this error. The first cause counts.
  package func cancel(because error: MediaError) {
    cause.withLock { if $0 == nil { $0 = error } }
    cancel()
  }

  package var isCancelled: Bool { flag.load(ordering: .acquiring) }

  /// What the work is to end with; `nil` if it was not told, or not cancelled.
  package var reason: MediaError? { isCancelled ? cause.withLock { $0 } : nil }

  /// - Throws: `MediaError` if the flag is set: its cause, or `Cancelled`.
  package func check() throws(MediaError) {
    if isCancelled { throw reason ?? MediaError(.cancelled, "the work was cancelled") }
  }
}
