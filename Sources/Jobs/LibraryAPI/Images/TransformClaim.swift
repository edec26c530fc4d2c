/// What is read of the claim of a derivative: whether it is being made, or why it was not.
package struct TransformClaim: Sendable, Decodable, Equatable {
  package enum State: String, Sendable, Decodable {
    case making, failed
  }

  package var state: State
  package var statusCode: Int?
  package var message: String?
  /// The store failed, not the image.
  package var isRetryable: Bool?
  /// Milliseconds since 1970.
  package var renewed: Int64

  /// Seconds that a failure of the image is remembered.
  package static let memory = 10.0

  /// What a request is answered while the failure is remembered.
  ///
  /// - Parameter now: seconds since 1970.
  package func failure(now: Double) -> APIError? {
    guard isRemembered(now: now), isRetryable != true else { return nil }
    return APIError(statusCode ?? 500, message ?? "The image cannot be made.")
  }

  /// Whether the store had no room for the image a moment ago.
  package func foundNoRoom(now: Double) -> Bool { isRemembered(now: now) && statusCode == 507 }

  private func isRemembered(now: Double) -> Bool {
    state == .failed && now - Double(renewed) / 1000 < Self.memory
  }
}
