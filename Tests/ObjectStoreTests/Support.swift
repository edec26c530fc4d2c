import Encodings
import Checksums
import FoundationEssentials
import HTTPTransport
import LoopbackServer
import ObjectStore
import Core
import S3Protocol
import SigV4
import Testing

let testCredentials = Credentials(
  accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", sessionToken: "token/+=")

extension RetryPolicy {
  /// Patient, but not for long.
  static let quick = RetryPolicy(maximumAttempts: 4, baseDelay: .milliseconds(1), maximumDelay: .milliseconds(2))
}

/// A client of a scripted server, both ended afterwards.
///
/// - Parameter endpoint: an `http` address elsewhere, for which the server is the proxy. Default: the server itself.
func withClient<Result>(
  endpoint: String? = nil,
  retry: RetryPolicy = .quick, stallTimeout: Duration = .seconds(10), clock: WallClock = .system,
  _ script: @escaping @Sendable (ReceivedRequest) -> [LoopbackServer.Step],
  _ body: (S3Client, LoopbackServer) async throws -> Result
) async throws -> Result {
  let server = try LoopbackServer(script)
  defer { server.stop() }
  var transport = CurlTransport.Configuration()
  if endpoint != nil { transport.proxy = server.url }
  let http = CurlTransport(configuration: transport)
  defer { http.shutdown() }
  var configuration = S3Configuration(endpoint: endpoint ?? server.url, credentials: testCredentials)
  configuration.retry = retry
  configuration.stallTimeout = stallTimeout
  return try await body(S3Client(configuration: configuration, http: http, clock: clock), server)
}

/// The store's error that `body` throws.
func storeError(
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> ObjectStoreError? {
  do {
    try await body()
    Issue.record("nothing was thrown", sourceLocation: sourceLocation)
  } catch let error as ObjectStoreError {
    return error
  } catch {
    Issue.record("\(error) is not an ObjectStoreError", sourceLocation: sourceLocation)
  }
  return nil
}

/// Bytes that differ from place to place.
func pattern(_ count: Int) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  bytes.withUnsafeMutableBytes { bytes in
    for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: index &* 31 &+ index >> 8) }
  }
  return bytes
}

extension LoopbackServer.Step {
  /// S3's error document.
  static func error(_ code: S3ErrorCode) -> LoopbackServer.Step {
    .respond(code.httpStatus, [("x-amz-request-id", "REQ")], S3Error(code).xml())
  }

  static func object(_ bytes: [UInt8], etag: String? = nil) -> LoopbackServer.Step {
    .respond(200, objectHeaders(etag ?? ETag(md5: Digest.md5(bytes)).quoted), bytes)
  }

  static func objectHeaders(_ etag: String) -> [(String, String)] {
    [("ETag", etag), ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")]
  }
}

extension ReceivedRequest {
  /// As the server's verifier is to be asked about it.
  var signable: SignableRequest {
    SignableRequest(method: method, path: path, query: QueryString.parse(query), headers: headers)
  }

  func parameter(_ name: String) -> String? {
    QueryString.parse(query).first { $0.name == name }?.value
  }

  /// - Throws: `SigV4Error` where the signature does not fit what came over the wire.
  func verify(at now: Date = Date()) throws -> VerifiedRequest {
    try SigV4Verifier { $0 == testCredentials.accessKeyID ? testCredentials : nil }.verify(signable, at: now)
  }
}
