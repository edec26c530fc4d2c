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

  /// - Throws: `SigV4Error` without a signature, with more than one, or with one that cannot be read.
  init(_ request: SignableRequest) throws(SigV4Error) {
    let authorization = request.header("authorization")
    let inQuery = request.hasQuery("X-Amz-Algorithm") || request.hasQuery("X-Amz-Signature")
    switch (authorization, inQuery) {
    case (.some, true): throw .twoMechanisms
    case (.some(let authorization), false): try self.init(authorization: authorization, request)
    case (nil, true): try self.init(presigned: request)
    case (nil, false): throw request.hasQuery("AWSAccessKeyId") ? .versionTwo : .missing
    }
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
  private init(authorization: String, _ request: SignableRequest) throws(SigV4Error) {
    // By bytes: all that is looked for is ASCII, and characters cost ten times as much.
    let parts = authorization.utf8.split(separator: UInt8(ascii: " "), maxSplits: 1)
    switch parts.first?.text {
    case "AWS4-HMAC-SHA256": break
    case "AWS4-ECDSA-P256-SHA256": throw .versionFourA
    case "AWS": throw .versionTwo
    default: throw .unsupportedType
    }
    var fields: [String: String] = [:]
    for field in parts.count == 2 ? parts[1].split(separator: UInt8(ascii: ",")) : [] {
      let pair = field.split(separator: UInt8(ascii: "="), maxSplits: 1).map { $0.drop { $0 == UInt8(ascii: " ") } }
      guard pair.count == 2, fields.updateValue(pair[1].text, forKey: pair[0].text) == nil else {
        throw .malformedHeader("it must hold Credential, SignedHeaders and Signature once each, found '\(field.text)'")
      }
    }
    guard let credential = fields["Credential"], let signedHeaders = fields["SignedHeaders"],
      let signature = fields["Signature"], fields.count == 3
    else { throw .malformedHeader("it must hold Credential, SignedHeaders and Signature once each") }
    guard let (accessKeyID, scope) = CredentialScope.parse(credential: credential) else {
      throw .malformedHeader(
        "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".")
    }
    guard let date = Self.date(request) else { throw .missingDate }
    guard scope.day == date.day else {
      throw .malformedHeader(
        "Invalid credential date \"\(scope.day)\". This date is not the same as X-Amz-Date: \"\(date.day)\".")
    }
    guard let names = Self.names(signedHeaders) else {
      throw .malformedHeader("SignedHeaders must be distinct lower-case header names separated by ';'.")
    }
    self.accessKeyID = accessKeyID
    self.scope = scope
    self.date = date
    self.signedHeaders = names
    self.signature = signature
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
    return AmzDate(text: text) ?? HTTPDate.parse(text).map(AmzDate.init)
  }

  private static func names(_ list: String) -> [String]? {
    guard list.utf8.allSatisfy({ !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }) else { return nil }
    let names = list.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map(\.text)
    let areNames = names.allSatisfy { !$0.isEmpty }
    return areNames && Set(names).count == names.count ? names : nil
  }
}
