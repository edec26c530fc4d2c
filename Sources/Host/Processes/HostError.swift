import Core

/// The host itself cannot work. A function's failure is never one of these, but an `InvocationOutcome`.
package struct HostError: ClassifiedError {
  package let code: String
  package let message: String
  package let isRetryable: Bool

  package init(_ code: String, _ message: String, isRetryable: Bool = false) {
    self.code = code
    self.message = message
    self.isRetryable = isRetryable
  }

  package static func system(_ call: String, _ error: Int32) -> HostError {
    HostError("SystemCallFailed", "\(call) failed: \(describe(errno: error))", isRetryable: true)
  }
}
