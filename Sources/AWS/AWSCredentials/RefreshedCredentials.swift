package import FoundationEssentials
package import SigV4

/// Keeps what a source gave out and asks it again before that expires; however many ask at the same time, it is asked
/// once.
package actor RefreshedCredentials: CredentialsProvider {
  /// How long before they expire new ones are fetched: a request may be under way for a while.
  package static let margin: TimeInterval = 300
  /// How long old ones are used before the source is asked again, after it failed or had no others.
  private static let pause: TimeInterval = 10

  private let source: any CredentialsSource
  private var current: TemporaryCredentials?
  private var fetching: Task<TemporaryCredentials, any Error>?
  private var askAgainAt = Date.distantPast

  package init(_ source: any CredentialsSource) {
    self.source = source
  }

  /// - Throws: what the source throws, unless older credentials are still valid.
  package func credentials(at now: Date) async throws -> Credentials {
    if let current, !isDue(current, now) || now < askAgainAt && !isExpired(current, now) { return current.credentials }
    do {
      let fetched = try await fetch()
      // A source may give out the same for longer than that.
      if isDue(fetched, now) { askAgainAt = now.addingTimeInterval(Self.pause) }
      return fetched.credentials
    } catch {
      guard let current, !isExpired(current, now) else { throw error }
      askAgainAt = now.addingTimeInterval(Self.pause)
      return current.credentials
    }
  }

  private func isDue(_ credentials: TemporaryCredentials, _ now: Date) -> Bool {
    guard let expiration = credentials.expiration else { return false }
    return expiration.timeIntervalSince(now) <= Self.margin
  }

  private func isExpired(_ credentials: TemporaryCredentials, _ now: Date) -> Bool {
    credentials.expiration.map { $0 <= now } ?? false
  }

  private func fetch() async throws -> TemporaryCredentials {
    if let fetching { return try await fetching.value }
    // A task of its own: if one waiting caller is cancelled, the others still get the result.
    let task = Task { [source] in try await source.fetch() }
    fetching = task
    defer { fetching = nil }
    let fetched = try await task.value
    current = fetched
    return fetched
  }
}
