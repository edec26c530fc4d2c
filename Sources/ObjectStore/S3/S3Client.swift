import AWSCredentials
import FoundationEssentials
package import HTTPTransport
package import Core
import S3Protocol
import SigV4

/// S3 and everything that speaks its protocol.
///
/// Every request is signed again for every try, and tried again if that can help (`S3Configuration.retry`).
package final class S3Client: ObjectStore {
  let configuration: S3Configuration
  let http: any HTTPClient
  let clock: WallClock
  let indexCache: IndexCache
  let endpoint: Result<S3Endpoint, ConfigurationError>
  /// As clients elsewhere reach the store.
  let publicEndpoint: Result<S3Endpoint, ConfigurationError>

  /// Does nothing yet: a bad endpoint is reported by the first operation (and by `S3Configuration.init(environment:)`).
  package init(configuration: S3Configuration, http: any HTTPClient, clock: WallClock = .system) {
    self.configuration = configuration
    self.http = http
    self.clock = clock
    indexCache = IndexCache(capacity: configuration.indexCacheBytes)
    func endpoint(_ address: String) -> Result<S3Endpoint, ConfigurationError> {
      Result { () throws(ConfigurationError) in
        try S3Endpoint(address, addressing: configuration.addressing, keyPrefix: configuration.keyPrefix)
      }
    }
    self.endpoint = endpoint(configuration.resolvedEndpoint)
    publicEndpoint = configuration.publicEndpoint.map(endpoint) ?? self.endpoint
  }

  /// Sends an operation until it succeeds or no try can help.
  ///
  /// - Returns: a response whose status is below 300.
  /// - Throws: `ObjectStoreError`, `CancellationError`.
  func perform(_ operation: S3Operation) async throws -> HTTPResponse {
    try await configuration.retry.run { _ in try await attempt(operation) }
  }

  /// Signs and sends an operation once.
  func attempt(_ operation: S3Operation) async throws -> HTTPResponse {
    try await ObjectStoreError.mapping(subject: operation.subject) {
      let response = try await http.send(try await request(for: operation))
      guard response.status < 300 else {
        throw S3Error.decode(
          status: response.status, body: response.body, requestID: response.headers["x-amz-request-id"])
      }
      return response
    }
  }

  /// - Throws: `S3Error`, `ConfigurationError`, or what the credentials' provider throws.
  func request(for operation: S3Operation) async throws -> HTTPRequest {
    let now = clock.now()
    let credentials = try await configuration.credentials.credentials(at: now)
    let signer = SigV4Signer(credentials: credentials, region: configuration.region, service: "s3")
    var request = try operation.signed(with: signer, endpoint: endpoint.get(), at: now)
    request.connectTimeout = configuration.connectTimeout
    request.stallTimeout = configuration.stallTimeout
    return request
  }

  /// Whether bodies are hashed for the signature. If they cannot be changed on their way the signed `Content-MD5` does,
  /// and client and store skip half of their digests.
  var signsBodies: Bool { (try? endpoint.get())?.isProtected != true }

  /// - Throws: `ConfigurationError`, `S3Error`.
  func address(bucket: String, key: String) throws -> S3Endpoint.Address {
    try endpoint.get().address(bucket: bucket, key: key)
  }
}
