import Core

/// What is wrong with an image, or with what is asked of it.
package struct ImageError: ClassifiedError {
  package enum Reason: String, Sendable {
    /// Not one of the accepted formats.
    case unsupported = "UnsupportedImage"
    /// More bytes or pixels than are accepted.
    case tooLarge = "ImageTooLarge"
    /// One of the accepted formats by its first bytes, but not decodable.
    case invalid = "InvalidImage"
    /// It took longer than was allowed.
    case timedOut = "ImageTimedOut"
    /// The library cannot be started or an encoder refused.
    case failed = "ImageFailed"
  }

  package let reason: Reason
  package let message: String

  package init(_ reason: Reason, _ message: String) {
    self.reason = reason
    self.message = message
  }

  package var code: String { reason.rawValue }
  package var isRetryable: Bool { false }
}
