/// The object that says who makes a result, or why it could not be made.
struct Claim: Codable, Equatable, Sendable {
  enum State: String, Codable {
    case making, failed
  }

  /// Unique per run.
  var owner: String
  var state: State
  /// Of a failure: the HTTP status for callers that ask for the result.
  var statusCode: Int?
  /// Of a failure: its code.
  var error: String?
  /// Of a failure: a sentence.
  var message: String?
  /// Of a failure: a further run may succeed, and need not wait.
  var isRetryable: Bool?
  /// Milliseconds since 1970; makes each renewal another object.
  var renewed: Int64
}
