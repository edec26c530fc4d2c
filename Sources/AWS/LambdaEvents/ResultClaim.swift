import Core

/// The object that says who makes a result, or why it could not be made: `claim` below the prefix of a `follow` reference.
///
/// Its maker writes it, so nothing in it need be there.
package struct ResultClaim: Codable, Equatable, Sendable {
  package enum State: String, Codable, Sendable {
    case making, failed
  }

  /// Unique per run of a maker.
  package var owner: String?
  package var state: State
  /// Of a failure: the HTTP status for callers that ask for the result.
  package var statusCode: Int?
  /// Of a failure: its code.
  package var error: String?
  /// Of a failure: a sentence.
  package var message: String?
  /// Of a failure: a further run may succeed, and need not wait.
  package var isRetryable: Bool?
  /// Milliseconds since 1970; makes each renewal another object.
  package var renewed: Int64?

  package init(
    owner: String? = nil, state: State = .making, statusCode: Int? = nil, error: String? = nil, message: String? = nil,
    isRetryable: Bool? = nil, renewed: Int64? = nil
  ) {
    self.owner = owner
    self.state = state
    self.statusCode = statusCode
    self.error = error
    self.message = message
    self.isRetryable = isRetryable
    self.renewed = renewed
  }

  /// A claim of another form counts as one that is never renewed.
  package init(json: some Sequence<UInt8>) {
    self = (try? JSON.decode(Self.self, from: Array(json))) ?? ResultClaim()
  }

  package init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: CodingKeys.self)
    owner = try members.decodeIfPresent(String.self, forKey: .owner)
    state = try members.decodeIfPresent(String.self, forKey: .state).flatMap { State(rawValue: $0) } ?? .making
    statusCode = try members.decodeIfPresent(Int.self, forKey: .statusCode)
    error = try members.decodeIfPresent(String.self, forKey: .error)
    message = try members.decodeIfPresent(String.self, forKey: .message)
    isRetryable = try members.decodeIfPresent(Bool.self, forKey: .isRetryable)
    renewed = try members.decodeIfPresent(Int64.self, forKey: .renewed)
  }

  /// Time since it was renewed last; negative if another machine's clock is ahead.
  ///
  /// - Parameter now: milliseconds since 1970.
  package func age(at now: Int64) -> Duration { .milliseconds(Double(now) - Double(renewed ?? 0)) }
}
