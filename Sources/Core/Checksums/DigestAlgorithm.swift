import COpenSSL

/// The message digests that S3 and Signature Version 4 use (FIPS 180-4), but for MD5: see `MD5Stream`.
package enum DigestAlgorithm: Sendable {
  case sha1, sha256, sha512

  /// Length of a digest in bytes.
  package var byteCount: Int {
    switch self {
    case .sha1: 20
    case .sha256: 32
    case .sha512: 64
    }
  }

  /// Bytes that it takes at a time.
  var blockSize: Int { self == .sha512 ? 128 : 64 }

  var implementation: OpaquePointer {
    switch self {
    case .sha1: Self.sha1Implementation
    case .sha256: Self.sha256Implementation
    case .sha512: Self.sha512Implementation
    }
  }

  // Looked up once, and for the life of the process: with `EVP_sha256()` and its kin libcrypto 3 does it for every digest.
  private nonisolated(unsafe) static let sha1Implementation: OpaquePointer =
    EVP_MD_fetch(nil, "SHA1", nil) ?? EVP_sha1()
  private nonisolated(unsafe) static let sha256Implementation: OpaquePointer =
    EVP_MD_fetch(nil, "SHA256", nil) ?? EVP_sha256()
  private nonisolated(unsafe) static let sha512Implementation: OpaquePointer =
    EVP_MD_fetch(nil, "SHA512", nil) ?? EVP_sha512()
}
