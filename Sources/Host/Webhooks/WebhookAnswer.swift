import FunctionHost
import HTTPTransport
import RemoteFetch

/// What a receiver's answer means for the event: pure.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html>
enum WebhookAnswer {
  /// Bytes of a body that an error message shows.
  static let excerptBytes = 500

  static func outcome(of response: HTTPResponse, subject: String) -> InvocationOutcome {
    if (200..<300).contains(response.status) { return .success([]) }
    var message = "\(subject) answered with status \(response.status)"
    if (300..<400).contains(response.status) {
      message += ", and redirects are not followed"
    } else if let text = excerpt(response.body) {
      message += ": \(text)"
    }
    return .failure(
      FunctionFailure(
        kind: .reported, type: "HTTPStatus\(response.status)", message: message,
        isFinal: !isRetryable(response.status), retryAfter: retryAfter(response.headers)))
  }

  static func outcome(of error: RemoteFetchError) -> InvocationOutcome {
    // A receiver that cannot be reached, or whose certificate has expired, may be mended.
    let isFinal = [.invalidURL, .hostNotAllowed, .addressRefused].contains(error.kind)
    return .failure(
      FunctionFailure(
        kind: error.kind == .tooSlow ? .timedOut : .reported, type: error.code, message: error.message,
        isFinal: isFinal))
  }

  /// The statuses that EventBridge tries again.
  private static func isRetryable(_ status: Int) -> Bool {
    [401, 407, 409, 429].contains(status) || status >= 500
  }

  /// RFC 9110, section 10.2.3, in seconds. Dates are passed over: clocks differ.
  private static func retryAfter(_ headers: HTTPHeaders) -> Duration? {
    headers["retry-after"].flatMap { UInt32($0) }.map { .seconds($0) }
  }

  /// One line, `nil` if the body is empty or no text.
  private static func excerpt(_ body: [UInt8]) -> String? {
    guard !body.isEmpty, let text = String(validating: body.prefix(excerptBytes), as: UTF8.self) else { return nil }
    let line = text.split { $0.isWhitespace || $0.isNewline }.joined(separator: " ")
    return line.isEmpty ? nil : String(line.filter { !$0.isASCII || $0 >= " " })
  }
}
