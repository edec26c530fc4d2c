/// Why a request's signature was refused, in S3's own codes and words.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
package struct SigV4Error: Error, Sendable, Equatable, CustomStringConvertible {
  /// S3's name, `SignatureDoesNotMatch`.
  package let code: String
  /// One sentence for a person.
  package let message: String
  /// Additional elements of the answer's XML.
  package let details: [String: String]

  init(_ code: String, _ message: String, details: [String: String] = [:]) {
    self.code = code
    self.message = message
    self.details = details
  }

  /// 400 for what cannot be read, 403 for what is not allowed.
  package var httpStatus: Int {
    switch code {
    case "AccessDenied", "InvalidAccessKeyId", "RequestTimeTooSkewed", "SignatureDoesNotMatch": 403
    default: 400
    }
  }

  /// The same request will be refused again.
  package var isRetryable: Bool { false }

  package var description: String { "\(code): \(message)" }
}

extension SigV4Error {
  static let missing = SigV4Error("AccessDenied", "Access Denied")

  static let twoMechanisms = SigV4Error(
    "InvalidArgument",
    """
    Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the \
    Authorization header should be specified
    """)

  static let versionTwo = SigV4Error(
    "InvalidRequest",
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")

  static let versionFourA = SigV4Error(
    "InvalidRequest", "AWS4-ECDSA-P256-SHA256 (SigV4A) signatures are not supported. Please use AWS4-HMAC-SHA256.")

  static let unsupportedType = SigV4Error("InvalidArgument", "Unsupported Authorization Type")

  static func malformedHeader(_ reason: String) -> SigV4Error {
    SigV4Error("AuthorizationHeaderMalformed", "The authorization header is malformed; \(reason)")
  }

  static func malformedQuery(_ reason: String) -> SigV4Error {
    SigV4Error("AuthorizationQueryParametersError", reason)
  }

  static let missingDate = SigV4Error(
    "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header")

  static let unknownKey = SigV4Error(
    "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")

  static let invalidToken = SigV4Error("InvalidToken", "The provided token is malformed or otherwise invalid.")

  static let skewed = SigV4Error(
    "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")

  static let notYetValid = SigV4Error("AccessDenied", "Request is not yet valid")

  static let mismatch = SigV4Error(
    "SignatureDoesNotMatch",
    """
    The request signature we calculated does not match the signature you provided. Check your key and signing method.
    """)

  static func unsigned(headers: [String]) -> SigV4Error {
    SigV4Error(
      "AccessDenied", "There were headers present in the request which were not signed",
      details: ["HeadersNotSigned": headers.joined(separator: ", ")])
  }

  static let missingContentHash = SigV4Error(
    "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")

  static func badContentHash(_ value: String) -> SigV4Error {
    SigV4Error(
      "InvalidArgument",
      """
      x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, \
      STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.
      """,
      details: ["ArgumentName": "x-amz-content-sha256", "ArgumentValue": value])
  }

  static func malformedPolicy(_ reason: String) -> SigV4Error {
    SigV4Error("InvalidPolicyDocument", "Invalid Policy: \(reason)")
  }

  static func policyFailed(_ reason: String) -> SigV4Error {
    SigV4Error("AccessDenied", "Invalid according to Policy: \(reason)")
  }

  static let contentHashMismatch = SigV4Error(
    "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")
}
