import Encodings
import Checksums
package import FoundationEssentials

extension SigV4Verifier {
  /// Checks a form upload (`POST` of `multipart/form-data`): the signature of its policy, and its fields by the policy.
  ///
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html
  /// - Parameters:
  ///   - fields: all fields before the file, in whatever case their names are; `key` as the object will be named
  ///     (`${filename}` replaced).
  ///   - bucket: the bucket that the form was sent to.
  ///   - olderSecret: the credentials of an access key, where forms of Signature Version 2 are accepted.
  /// - Returns: the access key id, and the policy, whose `contentLengthRange` is to be held against the file.
  /// - Throws: `SigV4Error` where a field is missing or given twice, the signature is wrong, or the policy has expired
  ///   or does not allow what the form asks.
  package func verifyPost(
    fields: [(name: String, value: String)], bucket: String, at now: Date,
    olderSecret: ((_ accessKeyID: String) -> Credentials?)? = nil
  ) throws(SigV4Error) -> (accessKeyID: String, policy: PostPolicy) {
    var values: [String: String] = [:]
    for (name, value) in fields {
      guard values.updateValue(value, forKey: name.lowercased()) == nil else {
        throw SigV4Error("InvalidArgument", "POST requires at most one field named \(name.prefix(100)).")
      }
    }
    guard let document = values["policy"] else { throw .missing }
    if values["x-amz-algorithm"] == nil, let accessKeyID = values["awsaccesskeyid"], let olderSecret {
      try verify(older: document, values["signature"], olderSecret(accessKeyID), values["x-amz-security-token"])
      return (accessKeyID, try Self.policy(document, values, bucket: bucket, at: now))
    }
    switch values["x-amz-algorithm"] {
    case CanonicalRequest.algorithm: break
    case "AWS4-ECDSA-P256-SHA256": throw .versionFourA
    case .some: throw .malformedForm("x-amz-algorithm must be \(CanonicalRequest.algorithm)")
    case nil: throw values["awsaccesskeyid"] == nil ? .missing : .versionTwo
    }
    guard let credential = values["x-amz-credential"], let signature = values["x-amz-signature"],
      let text = values["x-amz-date"]
    else { throw .malformedForm("there must be x-amz-credential, x-amz-signature and x-amz-date fields") }
    guard let (accessKeyID, scope) = CredentialScope.parse(credential: credential) else {
      throw .malformedForm("x-amz-credential must be \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"")
    }
    guard let date = AmzDate(text: text), date.day == scope.day else {
      throw .malformedForm("x-amz-date must be of the form yyyyMMdd'T'HHmmss'Z' and of the credential's day")
    }
    guard let credentials = secret(accessKeyID) else { throw .unknownKey }
    try checkToken(values["x-amz-security-token"], credentials)
    let expected = SigningKey(secret: credentials.secretAccessKey, scope: scope).signature(of: document)
    guard ConstantTime.equal([UInt8](expected.utf8), [UInt8](signature.utf8)) else { throw .mismatch }

    return (accessKeyID, try Self.policy(document, values, bucket: bucket, at: now))
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/HTTPPOSTForms.html#HTTPPOSTConstructingPolicySignature
  private func verify(
    older document: String, _ signature: String?, _ credentials: Credentials?, _ token: String?
  ) throws(SigV4Error) {
    guard let credentials else { throw .unknownKey }
    guard let signature else { throw .malformedForm("there must be a field named signature") }
    try checkToken(token, credentials)
    let expected = Digest.hmacSHA1(key: Array(credentials.secretAccessKey.utf8), Array(document.utf8))
    guard let given = Base64.decode(signature), ConstantTime.equal(given, expected) else { throw .mismatch }
  }

  private static func policy(
    _ document: String, _ fields: [String: String], bucket: String, at now: Date
  ) throws(SigV4Error) -> PostPolicy {
    guard let json = Base64.decode(document) else { throw .malformedPolicy("it must be in base64.") }
    let policy = try PostPolicy(json: json)
    try policy.check(fields: fields, bucket: bucket, at: now)
    return policy
  }
}

extension SigV4Error {
  fileprivate static func malformedForm(_ reason: String) -> SigV4Error {
    SigV4Error("InvalidArgument", "The form's signature is malformed; \(reason).")
  }
}
