import Encodings
package import FoundationEssentials

/// Signs requests with AWS Signature Version 4.
///
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
package struct SigV4Signer: Sendable {
  private let credentials: Credentials
  private let region: String
  private let service: String

  /// - Parameter service: `s3`, `events`, `lambda`, …
  package init(credentials: Credentials, region: String, service: String) {
    self.credentials = credentials
    self.region = region
    self.service = service
  }

  /// The headers to set on the request (replacing any of the same name): `x-amz-date`, for S3 `x-amz-content-sha256`,
  /// with temporary credentials `x-amz-security-token`, and `Authorization`.
  ///
  /// Signs every header given but those that proxies and HTTP stacks change (`user-agent`, `expect`, `connection` …).
  package func headers(
    for request: SignableRequest, payload: PayloadHash, at date: Date
  ) -> [(name: String, value: String)] {
    let date = AmzDate(date)
    var added: [(name: String, value: String)] = [("x-amz-date", date.text)]
    if CanonicalRequest.isS3(service) { added.append(("x-amz-content-sha256", payload.headerValue)) }
    if let token = credentials.sessionToken { added.append(("x-amz-security-token", token)) }

    var request = request
    request.headers.removeAll { header in added.contains { $0.name == header.name.lowercased() } }
    request.headers += added
    let (canonical, signature) = sign(request, payloadHash: payload.headerValue, at: date)
    let authorization = """
      \(CanonicalRequest.algorithm) Credential=\(credentials.accessKeyID)/\(scope(at: date)),\
      SignedHeaders=\(canonical.signedHeaders),Signature=\(signature)
      """
    return added + [("Authorization", authorization)]
  }

  /// The complete query of a presigned URL, encoded, to stand after the `?`. All headers given must be sent with it.
  ///
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
  /// - Parameter expires: seconds for which it holds, held within the 1 … 604,800 (a week) that AWS allows.
  package func presignedQuery(for request: SignableRequest, expires: Int, at date: Date) -> String {
    let date = AmzDate(date)
    var request = request
    let names = signedNames(of: request)
    request.query += [
      ("X-Amz-Algorithm", CanonicalRequest.algorithm),
      ("X-Amz-Credential", "\(credentials.accessKeyID)/\(scope(at: date))"),
      ("X-Amz-Date", date.text),
      ("X-Amz-Expires", "\(min(max(expires, 1), SigV4Verifier.maximumExpiry))"),
      ("X-Amz-SignedHeaders", names.sorted().joined(separator: ";")),
    ]
    if let token = credentials.sessionToken { request.query.append(("X-Amz-Security-Token", token)) }
    let payloadHash = CanonicalRequest.isS3(service) ? PayloadHash.unsigned : .empty
    let (_, signature) = sign(request, payloadHash: payloadHash.headerValue, at: date)
    return "\(QueryString.canonical(request.query))&X-Amz-Signature=\(signature)"
  }

  /// Signs the chunks of a body sent with `.streaming` or `.streamingTrailer`.
  ///
  /// - Parameters:
  ///   - headers: what `headers(for:payload:at:)` returned for this request.
  ///   - date: the date given there.
  package func chunkSigner(following headers: [(name: String, value: String)], at date: Date) -> ChunkSigner {
    let authorization = headers.last { $0.name == "Authorization" }?.value ?? ""
    let date = AmzDate(date)
    let scope = scope(at: date)
    return ChunkSigner(
      key: SigningKey(secret: credentials.secretAccessKey, scope: scope), date: date, scope: scope,
      seed: String(authorization.suffix(64)))
  }

  private func sign(
    _ request: SignableRequest, payloadHash: String, at date: AmzDate
  ) -> (CanonicalRequest, signature: String) {
    let canonical = CanonicalRequest(
      request, signedHeaders: signedNames(of: request), payloadHash: payloadHash, service: service)
    let scope = scope(at: date)
    let key = SigningKey(secret: credentials.secretAccessKey, scope: scope)
    return (canonical, key.signature(of: canonical.stringToSign(at: date, scope: scope)))
  }

  private func scope(at date: AmzDate) -> CredentialScope {
    CredentialScope(day: date.day, region: region, service: service)
  }

  private func signedNames(of request: SignableRequest) -> Set<String> {
    let names = Set(request.headers.map { $0.name.lowercased() }).subtracting(Self.neverSigned)
    precondition(names.contains("host"), "a request to be signed must have its host header")
    return names
  }

  private static let neverSigned: Set<String> = [
    "authorization", "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
    "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
  ]
}
