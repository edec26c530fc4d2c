/// The claim of a derivative that is being made, or why it was not: what readers who follow it look at.
package struct TransformClaim: Sendable, Codable, Equatable {
  package enum State: String, Sendable, Codable {
    case making, failed
  }

  package var owner: String
  package var state: State
  package var statusCode: Int?
  package var error: String?
  package var message: String?
  /// Seconds since 1970; readers judge by the object's ETag, not by this.
  package var renewed: Double

  package init(owner: String, state: State, renewed: Double) {
    self.owner = owner
    self.state = state
    self.renewed = renewed
  }

  /// Seconds that a failure is remembered.
  package static let memory = 10.0

  /// What a request is answered while the failure is remembered.
  package func failure(now: Double) -> APIError? {
    guard state == .failed, now - renewed < Self.memory else { return nil }
    return APIError(statusCode ?? 500, message ?? "The image cannot be made.")
  }
}
