import Core

/// Why the queue takes no more.
package struct QueueError: ClassifiedError {
  package let code: String
  package let message: String
  package var isRetryable: Bool { true }

  package static func full(limit: Int) -> QueueError {
    QueueError(
      code: "QueueFull", message: "\(limit) invocations are queued, which is the limit: try again when fewer are")
  }
}
