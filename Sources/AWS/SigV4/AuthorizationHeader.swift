/// An `Authorization` header of Signature Version 4, taken apart but not yet believed.
///
/// The port that receives a request tells services apart by it and hands it on, so that it is taken apart once.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
package struct AuthorizationHeader: Sendable, Equatable {
  let accessKeyID: String
  package let scope: CredentialScope
  /// As they stand in the header, separated by semicolons.
  let signedHeaders: String
  let signature: String

  /// - Throws: `SigV4Error` if it is of another kind or cannot be read.
  package init(_ value: String) throws(SigV4Error) {
    // By bytes: all that is looked for is ASCII, and characters cost ten times as much.
    let parts = value.utf8.split(separator: UInt8(ascii: " "), maxSplits: 1)
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
    self.accessKeyID = accessKeyID
    self.scope = scope
    self.signedHeaders = signedHeaders
    self.signature = signature
  }
}
