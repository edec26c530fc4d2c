import Checksums
package import FoundationEssentials

/// Checks requests signed with AWS Signature Version 4, in the `Authorization` header or in the query (presigned).
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
package struct SigV4Verifier: Sendable {
  /// Seconds in a week: how long a presigned URL may hold.
  package static let maximumExpiry = 604_800

  private let maximumSkew: Int
  let secret: @Sendable (_ accessKeyID: String) -> Credentials?
  private let keys = SigningKeys()

  /// - Parameters:
  ///   - maximumSkew: how many seconds a request's date may differ from the server's; AWS allows 15 minutes.
  ///   - secret: the credentials that belong to an access key id, `nil` for an unknown one.
  package init(
    maximumSkew: Int = 900, secret: @escaping @Sendable (_ accessKeyID: String) -> Credentials?
  ) {
    self.maximumSkew = maximumSkew
    self.secret = secret
  }

  /// The scope which a request claims, to tell services apart before its body was read. Not verified; `nil` if no
  /// credential could be read.
  package static func claimedScope(of request: SignableRequest) -> CredentialScope? {
    if let authorization = request.header("authorization") {
      return claimedScope(authorization: authorization)
    }
    let credential = request.query.first { $0.name == "X-Amz-Credential" }?.value
    return credential.flatMap { CredentialScope.parse(credential: $0)?.scope }
  }

  /// The same from the value of an `Authorization` header.
  private static func claimedScope(authorization: String) -> CredentialScope? {
    let field = authorization.utf8.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: ",") }
      .first { $0.starts(with: "Credential=".utf8) }
    return field.flatMap { CredentialScope.parse(credential: $0.dropFirst("Credential=".utf8.count).text)?.scope }
  }

  /// - Parameters:
  ///   - header: the request's `Authorization`, if it has been taken apart already.
  ///   - body: the hash of the received body, for services other than S3, whose clients do not send one; for S3 `nil`
  ///     if the body is read later. Its reader then compares it with the result's `payload`.
  ///   - now: the server's time.
  /// - Throws: `SigV4Error` where the signature is missing, unreadable, expired, of an unknown key, or wrong, or leaves
  ///   out what must be signed.
  package func verify(
    _ request: SignableRequest, header: AuthorizationHeader? = nil, body: PayloadHash? = nil, at now: Date
  ) throws(SigV4Error) -> VerifiedRequest {
    let claims = try SignatureClaims(request, header: header)
    guard let credentials = secret(claims.accessKeyID) else { throw .unknownKey }
    try checkToken(claims.token, credentials)
    try checkTime(claims, now: now)
    try checkAllAreSigned(request.headers, claims)
    let payload = try payload(of: request, claims, body: body)

    var withoutSignature = request
    withoutSignature.query.removeAll { claims.isPresigned && $0.name == "X-Amz-Signature" }
    let canonical = CanonicalRequest(
      withoutSignature, signedHeaders: claims.signedHeaders, payloadHash: payload.headerValue,
      service: claims.scope.service)
    let key = keys.key(secret: credentials.secretAccessKey, scope: claims.scope)
    let expected = key.signature(of: canonical.stringToSign(at: claims.date, scope: claims.scope))
    guard claims.signedHeaders.allSatisfy({ request.header($0) != nil }),
      ConstantTime.equal([UInt8](expected.utf8), [UInt8](claims.signature.utf8))
    else { throw .mismatch }

    return VerifiedRequest(
      accessKeyID: claims.accessKeyID, date: claims.scope.day, region: claims.scope.region,
      service: claims.scope.service, payload: payload, isPresigned: claims.isPresigned,
      signedHeaderNames: claims.signedHeaders,
      chunks: payload.hasSignedChunks
        ? ChunkSigner(key: key, date: claims.date, scope: claims.scope, seed: expected) : nil)
  }

  func checkToken(_ token: String?, _ credentials: Credentials) throws(SigV4Error) {
    switch (credentials.sessionToken, token) {
    case (nil, nil): return
    case (.some(let expected), .some(let found)):
      guard ConstantTime.equal([UInt8](expected.utf8), [UInt8](found.utf8)) else { throw .invalidToken }
    // AWS knows temporary keys only together with their token.
    case (.some, nil): throw .unknownKey
    case (nil, .some): throw .invalidToken
    }
  }

  private func checkTime(_ claims: SignatureClaims, now: Date) throws(SigV4Error) {
    let age = now.timeIntervalSince(claims.date.date)
    guard let expires = claims.expires else {
      guard abs(age) <= Double(maximumSkew) else {
        throw SigV4Error(
          SigV4Error.skewed.code, SigV4Error.skewed.message,
          details: [
            "RequestTime": claims.date.text, "ServerTime": now.formatted(.iso8601),
            "MaxAllowedSkewMilliseconds": "\(maximumSkew * 1000)",
          ])
      }
      return
    }
    guard age >= -Double(maximumSkew) else { throw .notYetValid }
    guard age <= Double(expires) else {
      throw SigV4Error(
        "AccessDenied", "Request has expired",
        details: [
          "X-Amz-Expires": "\(expires)", "Expires": (claims.date.date + Double(expires)).formatted(.iso8601),
          "ServerTime": now.formatted(.iso8601),
        ])
    }
  }

  /// `host` and every `x-amz-*` header must be signed: else a proxy could redirect or change the request.
  private func checkAllAreSigned(
    _ headers: [(name: String, value: String)], _ claims: SignatureClaims
  ) throws(SigV4Error) {
    func isSigned(_ name: String) -> Bool { claims.signedHeaders.contains { name.isHeader($0) } }
    var unsigned = headers.filter { $0.name.isHeader(beginningWith: "x-amz-") && !isSigned($0.name) }.map(\.name)
    if !isSigned("host") { unsigned.append("host") }
    guard unsigned.isEmpty else { throw .unsigned(headers: Set(unsigned.map { $0.lowercased() }).sorted()) }
  }

  private func payload(
    of request: SignableRequest, _ claims: SignatureClaims, body: PayloadHash?
  ) throws(SigV4Error) -> PayloadHash {
    let isS3 = CanonicalRequest.isS3(claims.scope.service)
    // Some presigners write into the query what they took for the hash.
    let inQuery = request.query.first { claims.isPresigned && $0.name == "X-Amz-Content-Sha256" }.map { $0.value ?? "" }
    guard let text = inQuery ?? request.header("x-amz-content-sha256") else {
      if !isS3 { return body ?? .empty }
      if claims.isPresigned { return .unsigned }
      // curl before 8.3 signs the hash but does not send it. Of a request without a body it is known.
      if ["GET", "HEAD", "DELETE"].contains(request.method) { return .empty }
      throw .missingContentHash
    }
    guard let payload = PayloadHash(headerValue: text) else { throw .badContentHash(text) }
    if case .sha256 = payload {
      guard body == nil || body == payload else { throw .contentHashMismatch }
    } else if !isS3, payload != .unsigned || body != .unsigned {
      throw .badContentHash(text)
    }
    return payload
  }
}
