import Core

/// An entry that the bus did not accept.
package struct PublishError: ClassifiedError, Equatable {
  /// The bus's `ErrorCode`.
  package let code: String
  package let message: String
  package let isRetryable: Bool

  /// - Parameter index: of the entry among those that were to be published, from 0.
  init(_ refusal: EntryRefusal, index: Int, entry: PutEventsRequest.Entry) {
    code = refusal.code
    isRetryable = refusal.isRetryable
    message =
      "entry \(index) (source '\(entry.source ?? "")', detail type '\(entry.detailType ?? "")') was refused: "
      + refusal.message
  }
}
