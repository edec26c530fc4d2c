package import AWSCredentials
package import Core
import SigV4

/// Where the bus is and who asks.
package struct EventBridgeConfiguration: Sendable {
  /// `http://127.0.0.1:4566`, without a path. Default: EventBridge's own address in `region`.
  package var endpoint: String?
  /// Default `us-east-1`.
  package var region: String
  package var credentials: any CredentialsProvider
  /// For each batch: whole requests that failed and entries that were refused for the moment share its attempts.
  package var retry: RetryPolicy
  /// Batches under way at the same time, at least 1. Default 4.
  package var concurrency: Int

  package init(
    endpoint: String? = nil, region: String = "us-east-1", credentials: any CredentialsProvider,
    retry: RetryPolicy = .init(), concurrency: Int = 4
  ) {
    self.endpoint = endpoint
    self.region = region
    self.credentials = credentials
    self.retry = retry
    self.concurrency = max(1, concurrency)
  }

  /// Reads `AWS_ENDPOINT_URL_EVENTBRIDGE` or `AWS_ENDPOINT_URL`, and `AWS_REGION` or `AWS_DEFAULT_REGION`; problems stay
  /// in the reader.
  ///
  /// - Parameter credentials: default `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
  package init(environment: inout EnvironmentReader, credentials: (any CredentialsProvider)? = nil) {
    let name =
      environment.optional("AWS_ENDPOINT_URL_EVENTBRIDGE") != nil
      ? "AWS_ENDPOINT_URL_EVENTBRIDGE" : "AWS_ENDPOINT_URL"
    let endpoint = environment.optional(name)
    if let endpoint, !Self.isAddress(endpoint) {
      environment.reject("\(name) must be an address like 'http://127.0.0.1:4566', found '\(endpoint)'")
    }
    self.init(
      endpoint: endpoint,
      region: environment.optional("AWS_REGION") ?? environment.optional("AWS_DEFAULT_REGION") ?? "us-east-1",
      credentials: credentials ?? Credentials(environment: &environment))
  }

  /// A scheme and an authority: the protocol knows no path but `/`.
  private static func isAddress(_ text: String) -> Bool {
    guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { return false }
    let authority = text.dropFirst(scheme.count).split(separator: "/", omittingEmptySubsequences: false)
    return authority.first?.isEmpty == false && authority.dropFirst().allSatisfy(\.isEmpty)
  }

  /// The address of the service, without a slash at the end.
  var address: String {
    guard let endpoint else {
      return "https://events.\(region).amazonaws.com" + (region.hasPrefix("cn-") ? ".cn" : "")
    }
    return String(endpoint.reversed().drop { $0 == "/" }.reversed())
  }
}
