import LambdaEvents

/// What the claim of a derived image means for a request.
extension ResultClaim {
  /// How long a failure of the image is remembered.
  private static let memory = Duration.seconds(10)

  /// What a request is answered while the failure is remembered.
  ///
  /// - Parameter now: milliseconds since 1970.
  func failure(now: Int64) -> APIError? {
    guard isRemembered(now: now), isRetryable != true else { return nil }
    return APIError(statusCode ?? 500, message ?? "The image cannot be made.")
  }

  /// Whether the store had no room for the image a moment ago.
  func foundNoRoom(now: Int64) -> Bool { isRemembered(now: now) && statusCode == 507 }

  private func isRemembered(now: Int64) -> Bool { state == .failed && age(at: now) < Self.memory }
}
