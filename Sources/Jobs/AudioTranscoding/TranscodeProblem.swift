import Core
package import LambdaEvents

/// Why a request is refused, with the status that says so.
package struct TranscodeProblem: ClassifiedError, Equatable {
  package let status: Int
  package let message: String

  package init(_ status: Int, _ message: String) {
    self.status = status
    self.message = message
  }

  package var code: String { "TranscodeRefused" }
  package var isRetryable: Bool { status >= 500 }

  /// `{"error": …}`.
  package var answer: HTTPResult {
    (try? .json(["error": message], status: status)) ?? HTTPResult(status: status)
  }
}
