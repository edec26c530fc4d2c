import Core
package import LambdaEvents
import MediaTypes

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

  /// What is no audio at all is the caller's fault; what cannot be decoded on the way is a failure.
  init(of error: any Error) {
    switch error {
    case let problem as TranscodeProblem: self = problem
    case let error as MediaError:
      switch error.kind {
      case .invalidMedia, .noAudioStream, .emptyFile, .invalidRequest, .unsupportedCodec:
        self.init(400, error.message)
      default: self.init(500, error.message)
      }
    case let error as any ClassifiedError: self.init(500, error.message)
    default: self.init(500, "\(error)")
    }
  }
}
