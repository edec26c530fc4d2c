package import FoundationEssentials
package import SigV4

/// Where credentials come from. Asked before every try of every request, so an implementation whose credentials expire
/// keeps them and fetches new ones in time.
package protocol CredentialsProvider: Sendable {
  /// - Parameter now: what "expired" is judged by.
  /// - Throws: a `ClassifiedError`.
  func credentials(at now: Date) async throws -> Credentials
}

/// Always the same credentials.
extension Credentials: CredentialsProvider {
  package func credentials(at now: Date) async throws -> Credentials { self }
}
