package import FoundationEssentials
package import RuntimeCore
package import SigV4

/// Where credentials come from. Asked before every try of every request, so an implementation whose credentials expire
/// keeps them and fetches new ones in time.
package protocol CredentialsProvider: Sendable {
  /// - Parameter now: what "expired" is judged by.
  /// - Throws: a `ClassifiedError`.
  func credentials(at now: Date) async throws -> Credentials
}

/// Always the same credentials.
package struct StaticCredentials: CredentialsProvider {
  private let value: Credentials

  package init(_ value: Credentials) {
    self.value = value
  }

  /// Reads `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` (both required) and `AWS_SESSION_TOKEN`.
  package init(environment: inout EnvironmentReader) {
    self.init(
      Credentials(
        accessKeyID: environment.string("AWS_ACCESS_KEY_ID"),
        secretAccessKey: environment.string("AWS_SECRET_ACCESS_KEY"),
        sessionToken: environment.optional("AWS_SESSION_TOKEN")))
  }

  package func credentials(at now: Date) async throws -> Credentials { value }
}
