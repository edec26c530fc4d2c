import Encodings
import Checksums
import FoundationEssentials
import HTTPTransport
import S3Protocol
import SigV4

/// One S3 request before it is signed.
struct S3Operation: Sendable {
  var method: String
  var bucket: String
  var key: String?
  var query: [(name: String, value: String?)] = []
  var headers: [(name: String, value: String)] = []
  private(set) var body: [UInt8] = []
  /// SHA-256 of `body` in hexadecimal, where it is to be signed.
  private var bodySHA256: String?
  var maximumResponseBytes = 64 << 20
  /// Carrying it out twice is not the same as once, so the transport must not send it again by itself.
  var isConditional = false

  init(_ method: String, bucket: String, key: String? = nil) {
    self.method = method
    self.bucket = bucket
    self.key = key
  }

  /// What is operated on, for messages.
  var subject: String {
    key.map { "'\($0)' in bucket '\(bucket)'" } ?? "bucket '\(bucket)'"
  }

  /// The MD5, which is signed as every header is, also besides a signed hash: not every store compares that one.
  mutating func setBody(_ bytes: [UInt8], _ digests: ContentDigests) {
    body = bytes
    bodySHA256 = digests.sha256
    headers.append(("Content-MD5", Base64.encode(digests.md5)))
  }

  /// The same for a short body.
  mutating func setBody(_ bytes: [UInt8]) {
    setBody(bytes, ContentDigests(bytes))
  }

  /// The request as it goes onto the wire at `now`.
  ///
  /// - Throws: `S3Error` where bucket or key cannot be addressed.
  func signed(
    with signer: SigV4Signer, endpoint: S3Endpoint, at now: Date
  ) throws(S3Error) -> HTTPRequest {
    let address = try endpoint.address(bucket: bucket, key: key)
    let payload: PayloadHash = body.isEmpty ? .empty : bodySHA256.map { .sha256(hex: $0) } ?? .unsigned
    let signable = SignableRequest(
      method: method, path: address.path, query: query, headers: [("host", address.host)] + headers)
    var request = HTTPRequest(method: method, url: address.url + encodedQuery, body: body)
    for (name, value) in signable.headers { request.headers.add(name, value) }
    for (name, value) in signer.headers(for: signable, payload: payload, at: now) {
      request.headers.replace(name, value)
    }
    request.maximumResponseBytes = maximumResponseBytes
    request.mayResend = !isConditional
    return request
  }

  private var encodedQuery: String {
    guard !query.isEmpty else { return "" }
    return "?"
      + query.map { name, value in
        PercentEncoding.encode(name) + (value.map { "=" + PercentEncoding.encode($0) } ?? "")
      }.joined(separator: "&")
  }
}
