import COpenSSL

/// The message digests that S3 and Signature Version 4 use (FIPS 180-4, RFC 1321).
package enum DigestAlgorithm: Sendable {
  case md5, sha1, sha256

  /// Length of a digest in bytes.
  package var byteCount: Int {
    switch self {
    case .md5: 16
    case .sha1: 20
    case .sha256: 32
    }
  }

  var implementation: OpaquePointer {
    switch self {
    case .md5: EVP_md5()
    case .sha1: EVP_sha1()
    case .sha256: EVP_sha256()
    }
  }
}
