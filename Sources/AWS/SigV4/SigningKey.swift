import Encodings
import Checksums

/// The key derived from a secret for one scope.
///
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#calculate-signature
struct SigningKey: Sendable {
  private let bytes: [UInt8]

  init(secret: String, scope: CredentialScope) {
    let day = Digest.hmacSHA256(key: [UInt8]("AWS4\(secret)".utf8), [UInt8](scope.day.utf8))
    let region = Digest.hmacSHA256(key: day, [UInt8](scope.region.utf8))
    let service = Digest.hmacSHA256(key: region, [UInt8](scope.service.utf8))
    bytes = Digest.hmacSHA256(key: service, [UInt8](CredentialScope.terminator.utf8))
  }

  func signature(of stringToSign: String) -> String {
    Digest.hmacSHA256(key: bytes, [UInt8](stringToSign.utf8)).hexString
  }
}
