package import AWSCredentials
package import Core
import SigV4

/// Which S3-compatible service to talk to, as whom, and how patiently.
package struct S3Configuration: Sendable {
  /// Where the bucket's name stands in a request.
  package enum Addressing: String, Sendable, CaseIterable {
    /// `https://endpoint/bucket/key`
    case path
    /// `https://bucket.endpoint/key`
    case virtualHost = "virtual-host"
    /// Virtual host on AWS, except for bucket names with dots (no certificate covers them); path elsewhere.
    case automatic
  }

  /// Scheme, host and port, a base path perhaps. Default `nil`: `https://s3.REGION.amazonaws.com`.
  package var endpoint: String?
  /// As clients elsewhere reach the same store: what presigned addresses begin with. Scheme, host and port. Default: as
  /// `endpoint`.
  package var publicEndpoint: String?
  package var region: String
  package var credentials: any CredentialsProvider
  package var addressing: Addressing = .automatic
  /// Keys of one bucket are below a prefix of it. Default: none.
  package var keyPrefix: KeyPrefix?
  /// Whether the store is Zoetrope's own, and takes files that its host holds. Default: no.
  package var holdsFiles = false
  package var retry = RetryPolicy()
  /// Until a connection stands. Default 10 s.
  package var connectTimeout: Duration = .seconds(10)
  /// How long no byte may move. Default 30 s.
  package var stallTimeout: Duration = .seconds(30)

  /// Memory for what is read first of objects (`open`), headers and indexes mostly, in bytes. Default 16 MiB.
  package var indexCacheBytes = 16 << 20

  /// Whether clients can be told to send requests there. A path is none of it: what a proxy takes off it, signatures
  /// would still cover.
  package static func isPublicEndpoint(_ text: String) -> Bool {
    (try? S3Endpoint(text, addressing: .path)) != nil && text.filter { $0 == "/" }.count == 2
  }

  package init(endpoint: String? = nil, region: String = "us-east-1", credentials: any CredentialsProvider) {
    self.endpoint = endpoint
    self.region = region
    self.credentials = credentials
  }

  /// Reads `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`, `AWS_REGION` or `AWS_DEFAULT_REGION` (default `us-east-1`), and
  /// `ZOETROPE_KEY_PREFIX` (`BUCKET/PREFIX`), `ZOETROPE_PUBLIC_STORE_URL`, and `ZOETROPE_STORE_HOLDS_FILES`: the
  /// endpoint of the store that takes files. A function that was given another endpoint does not trust that one with it.
  ///
  /// - Parameters:
  ///   - environment: collects what is wrong with the variables.
  ///   - credentials: default `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
  package init(environment: inout EnvironmentReader, credentials: (any CredentialsProvider)? = nil) {
    let endpointName = environment.optional("AWS_ENDPOINT_URL_S3") == nil ? "AWS_ENDPOINT_URL" : "AWS_ENDPOINT_URL_S3"
    let endpoint = environment.optional(endpointName)
    self.init(
      endpoint: endpoint,
      region: environment.optional("AWS_REGION") ?? environment.optional("AWS_DEFAULT_REGION") ?? "us-east-1",
      credentials: credentials ?? Credentials(environment: &environment))
    if let text = environment.optional("ZOETROPE_KEY_PREFIX") {
      keyPrefix = KeyPrefix(text)
      if keyPrefix == nil {
        environment.reject("ZOETROPE_KEY_PREFIX must be of the form BUCKET/PREFIX, found '\(text)'")
      }
    }
    holdsFiles = endpoint != nil && environment.optional("ZOETROPE_STORE_HOLDS_FILES") == endpoint
    publicEndpoint = environment.optional("ZOETROPE_PUBLIC_STORE_URL")
    if let text = publicEndpoint, !Self.isPublicEndpoint(text) {
      environment.reject("ZOETROPE_PUBLIC_STORE_URL must be of the form http[s]://host[:port], found '\(text)'")
    }
    do throws(ConfigurationError) {
      _ = try S3Endpoint(resolvedEndpoint, addressing: addressing)
    } catch {
      environment.reject("\(endpoint == nil ? "AWS_REGION" : endpointName): \(error.message)")
    }
  }
}
