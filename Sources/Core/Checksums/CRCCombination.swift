/// Computes the CRC of several runs of bytes from the CRC and length of each, without the bytes.
///
/// Appending n zero bytes to a message multiplies its remainder by x^8n modulo the polynomial; by squaring that takes
/// log n multiplications of 32 or 64 steps. Bits are reflected, as in all CRCs of S3: the highest bit is x⁰.
package struct CRCCombination {
  private let polynomial: UInt64
  private let width: Int

  /// Nil for algorithms that are no CRC.
  package init?(_ algorithm: ChecksumAlgorithm) {
    switch algorithm {
    case .crc32: (polynomial, width) = (0xedb8_8320, 32)
    case .crc32c: (polynomial, width) = (0x82f6_3b78, 32)
    case .crc64nvme: (polynomial, width) = (0x9a6c_9329_ac4b_c9b5, 64)
    case .sha1, .sha256, .sha512, .md5, .xxhash64, .xxhash3, .xxhash128: return nil
    }
  }

  /// - Parameter pieces: the value of each, most significant byte first, and its size in bytes.
  package func combine(_ pieces: [(value: [UInt8], size: Int64)]) -> [UInt8] {
    var result: UInt64 = 0
    for piece in pieces {
      let value = piece.value.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      result = multiply(result, power(bytes: piece.size)) ^ value
    }
    return (0..<(width / 8)).reversed().map { UInt8(truncatingIfNeeded: result >> ($0 * 8)) }
  }

  /// x^(8 × bytes) modulo the polynomial.
  private func power(bytes: Int64) -> UInt64 {
    var result = UInt64(1) << (width - 1)
    var square = UInt64(1) << (width - 1 - 8)
    var rest = bytes
    while rest > 0 {
      if rest & 1 == 1 { result = multiply(result, square) }
      square = multiply(square, square)
      rest >>= 1
    }
    return result
  }

  private func multiply(_ a: UInt64, _ b: UInt64) -> UInt64 {
    var product: UInt64 = 0
    var factor = b
    for bit in (0..<width).reversed() {
      if a >> bit & 1 == 1 { product ^= factor }
      factor = factor & 1 == 1 ? factor >> 1 ^ polynomial : factor >> 1
    }
    return product
  }
}
