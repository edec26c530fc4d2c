import COpenSSL

/// Digests of bytes that are all there.
package enum Digest {
  package static func md5(_ bytes: [UInt8]) -> [UInt8] { digest(.md5, bytes) }
  package static func sha1(_ bytes: [UInt8]) -> [UInt8] { digest(.sha1, bytes) }
  package static func sha256(_ bytes: [UInt8]) -> [UInt8] { digest(.sha256, bytes) }

  /// HMAC with SHA-256 (RFC 2104, RFC 4231); any key length.
  package static func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    hmac(.sha256, key: key, message)
  }

  private static func digest(_ algorithm: DigestAlgorithm, _ bytes: [UInt8]) -> [UInt8] {
    let stream = DigestStream(algorithm)
    stream.update(bytes)
    return stream.finalize()
  }

  private static func hmac(_ algorithm: DigestAlgorithm, key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: algorithm.byteCount) { buffer, count in
      // An empty array's base address may be nil, and HMAC takes a nil key for "the key of last time".
      let made = (key.isEmpty ? [0] : key).withUnsafeBytes { keyBytes in
        HMAC(
          algorithm.implementation, keyBytes.baseAddress, Int32(key.count), message, message.count,
          buffer.baseAddress, nil)
      }
      precondition(made != nil, "libcrypto offers no HMAC on this machine")
      count = algorithm.byteCount
    }
  }
}
