import COpenSSL

/// Comparison of secrets whose duration tells nothing about where they differ.
package enum ConstantTime {
  /// Lengths are not secret: runs of different lengths are unequal at once.
  package static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
  }
}
