/// Where events go. Implementations retry what a retry can mend.
package protocol EventPublisher: Sendable {
  /// Hands over all entries, in batches if there are many. Returns once every one of them was accepted.
  ///
  /// - Parameters:
  ///   - entries: any number; order on the bus is not promised.
  ///   - idempotencyKey: the same for every try of the same entries, so that a bus that knows keys (the embedded one)
  ///     accepts them once; AWS ignores it.
  /// - Throws: a `ClassifiedError` where at least one entry was not accepted; others may have been. No entries at all
  ///   is not an error.
  func publish(_ entries: [PutEventsEntry], idempotencyKey: String?) async throws
}
