import Encodings
import FoundationEssentials

/// What a request says of its own signature, read but not yet believed.
struct SignatureClaims {
  let accessKeyID: String
  let scope: CredentialScope
  let date: AmzDate
  /// Lower case.
  let signedHeaders: [String]
  let signature: String
  let token: String?
  /// Seconds; `nil` where the signature stands in a header.
  let expires: Int?

  var isPresigned: Bool { expires != nil }

  /// - Parameter header: the request's `Authorization`, if it has been taken apart already.
  /// - Throws: `SigV4Error` without a signature, with more than one, or with one that cannot be read.
  init(_ request: SignableRequest, header: AuthorizationHeader? = nil) throws(SigV4Error) {
    let unread = header == nil ? request.header("authorization") : nil
    if request.hasQuery("X-Amz-Algorithm") || request.hasQuery("X-Amz-Signature") {
      guard header == nil, unread == nil else { throw .twoMechanisms }
      try self.init(presigned: request)
    } else if let header {
      try self.init(header, request)
    } else if let unread {
      try self.init(AuthorizationHeader(unread), request)
    } else {
      throw request.hasQuery("AWSAccessKeyId") ? .versionTwo : .missing
    }
  }

  private init(_ header: AuthorizationHeader, _ request: SignableRequest) throws(SigV4Error) {
    guard let date = Self.date(request) else { throw .missingDate }
    guard header.scope.day == date.day else {
      throw .malformedHeader(
        "Invalid credential date \"\(header.scope.day)\". This date is not the same as X-Amz-Date: \"\(date.day)\".")
    }
    guard let names = Self.names(header.signedHeaders) else {
      throw .malformedHeader("SignedHeaders must be distinct lower-case header names separated by ';'.")
    }
    accessKeyID = header.accessKeyID
    scope = header.scope
    self.date = date
    signedHeaders = names
    signature = header.signature
    token = request.header("x-amz-security-token")
    expires = nil
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
  private init(presigned request: SignableRequest) throws(SigV4Error) {
    var parameters: [String: String] = [:]
    for (name, value) in request.query where name.hasPrefix("X-Amz-") {
      guard parameters.updateValue(value ?? "", forKey: name) == nil else {
        throw .malformedQuery("The query parameter \(name) must be given only once.")
      }
    }
    switch parameters["X-Amz-Algorithm"] {
    case "AWS4-HMAC-SHA256": break
    case "AWS4-ECDSA-P256-SHA256": throw .versionFourA
    case .some: throw .malformedQuery("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"")
    case nil: break
    }
    guard parameters["X-Amz-Algorithm"] != nil, let credential = parameters["X-Amz-Credential"],
      let signature = parameters["X-Amz-Signature"], let text = parameters["X-Amz-Date"],
      let signedHeaders = parameters["X-Amz-SignedHeaders"], let lifetime = parameters["X-Amz-Expires"]
    else {
      throw .malformedQuery(
        """
        Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, \
        X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.
        """)
    }
    guard let (accessKeyID, scope) = CredentialScope.parse(credential: credential) else {
      throw .malformedQuery(
        """
        Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting \
        "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".
        """)
    }
    guard let date = AmzDate(text: text) else {
      throw .malformedQuery("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
    }
    guard scope.day == date.day else {
      throw .malformedQuery(
        """
        Error parsing the X-Amz-Credential parameter; Invalid credential date "\(scope.day)". This date is not the \
        same as X-Amz-Date: "\(date.day)".
        """)
    }
    guard let expires = Int(lifetime) else { throw .malformedQuery("X-Amz-Expires should be a number") }
    guard expires >= 0 else { throw .malformedQuery("X-Amz-Expires must be non-negative") }
    guard expires <= SigV4Verifier.maximumExpiry else {
      throw .malformedQuery(
        """
        X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than \
        \(SigV4Verifier.maximumExpiry) seconds
        """)
    }
    guard let names = Self.names(signedHeaders) else {
      throw .malformedQuery("X-Amz-SignedHeaders must be distinct lower-case header names separated by ';'.")
    }
    self.accessKeyID = accessKeyID
    self.scope = scope
    self.date = date
    self.signedHeaders = names
    self.signature = signature
    token = parameters["X-Amz-Security-Token"]
    self.expires = expires
  }

  /// `x-amz-date`, or else `date`, which may have HTTP's form: what is signed is the moment, in the form of the former.
  ///
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
  private static func date(_ request: SignableRequest) -> AmzDate? {
    if let text = request.header("x-amz-date") { return AmzDate(text: text) }
    guard let text = request.header("date") else { return nil }
    return AmzDate(text: text) ?? HTTPDate.parse(Self.greenwich(text)).map(AmzDate.init)
  }

  /// botocore writes the zone as mail does (RFC 5322): `Sun, 06 Nov 1994 08:49:37 -0000`.
  private static func greenwich(_ text: String) -> String {
    text.hasSuffix(" -0000") || text.hasSuffix(" +0000") ? String(text.dropLast(5)) + "GMT" : text
  }

  private static func names(_ list: String) -> [String]? {
    guard list.utf8.allSatisfy({ !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }) else { return nil }
    let names = list.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map(\.text)
    let areNames = names.allSatisfy { !$0.isEmpty }
    return areNames && Set(names).count == names.count ? names : nil
  }
}
