import Core

/// The local runtime cannot start, or cannot go on.
package struct RuntimeError: ClassifiedError {
  package let code: String
  package let message: String
  package var isRetryable: Bool { false }

  package init(_ code: String, _ message: String) {
    self.code = code
    self.message = message
  }
}
