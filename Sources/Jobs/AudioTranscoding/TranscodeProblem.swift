import Core
package import LambdaEvents

/// Why a request is refused, with the status that says so.
package struct TranscodeProblem: ClassifiedError, Equatable {
  package let status: Int
  package let message: String
  /// Methods that the path has, for status 405.
  let allowed: String?

  package init(_ status: Int, _ message: String, allowed: String? = nil) {
    self.status = status
    self.message = message
    self.allowed = allowed
  }

  package var code: String { "TranscodeRefused" }
  package var isRetryable: Bool { status >= 500 }

  /// `{"error": …}`.
  package var answer: HTTPResult {
    var answer = (try? HTTPResult.json(["error": message], status: status)) ?? HTTPResult(status: status)
    if let allowed { answer.headers.append(.init("allow", allowed)) }
    return answer
  }
}
