import Encodings
import Checksums

/// The chain of signatures of an aws-chunked body, each over its chunk and the signature before it.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html
package struct ChunkSigner: Sendable {
  private let key: SigningKey
  private let date: AmzDate
  private let scope: CredentialScope
  private var previous: String

  /// - Parameter seed: the signature of the request's head.
  init(key: SigningKey, date: AmzDate, scope: CredentialScope, seed: String) {
    self.key = key
    self.date = date
    self.scope = scope
    previous = seed
  }

  /// The signature which the next chunk must carry.
  ///
  /// - Parameter hex: SHA-256 of the chunk's bytes, 64 lower-case hexadecimal digits.
  package mutating func signature(ofChunkWithSHA256 hex: String) -> String {
    advance("AWS4-HMAC-SHA256-PAYLOAD\n\(date.text)\n\(scope)\n\(previous)\n\(PayloadHash.emptyHex)\n\(hex)")
  }

  /// The value which `x-amz-trailer-signature` must have.
  ///
  /// - Parameter canonical: the trailing headers, sorted by lower-case name, as `name:value\n` each.
  package mutating func signature(ofTrailer canonical: String) -> String {
    let hash = Digest.sha256([UInt8](canonical.utf8)).hexString
    return advance("AWS4-HMAC-SHA256-TRAILER\n\(date.text)\n\(scope)\n\(previous)\n\(hash)")
  }

  private mutating func advance(_ stringToSign: String) -> String {
    previous = key.signature(of: stringToSign)
    return previous
  }
}
