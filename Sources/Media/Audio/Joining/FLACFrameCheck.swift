import CLibAV

/// The check over a FLAC frame: CRC-16 of the polynomial x¹⁶ + x¹⁵ + x² + 1, which begins with 0 (RFC 9639, section 9.3).
///
/// Such a check is linear, so that of a frame with another header follows from the former one without its samples.
package enum FLACFrameCheck {
  private static let polynomial: UInt16 = 0x8005

  package static func of(_ bytes: some Collection<UInt8>) -> UInt16 {
    let bytes = Array(bytes)
    let check = av_crc(av_crc_get_table(AV_CRC_16_ANSI), 0, bytes, bytes.count)
    return UInt16(truncatingIfNeeded: check).byteSwapped
  }

  /// The check of a frame whose header was replaced.
  ///
  /// - Parameters:
  ///   - check: of the frame as it was.
  ///   - header: the former header and the new one, each with its own check.
  ///   - count: bytes of the frame between its header and its check.
  static func replacing(_ check: UInt16, header: (former: [UInt8], new: [UInt8]), followedBy count: Int) -> UInt16 {
    check ^ shifted(of(header.former) ^ of(header.new), by: count)
  }

  /// The remainder after so many more bytes of zeros.
  private static func shifted(_ remainder: UInt16, by count: Int) -> UInt16 {
    var (result, power, left) = (remainder, UInt16(1 << 8), count)
    while left > 0 {
      if left & 1 == 1 { result = product(result, power) }
      power = product(power, power)
      left >>= 1
    }
    return result
  }

  /// Of two polynomials, modulo the check's.
  private static func product(_ a: UInt16, _ b: UInt16) -> UInt16 {
    var result: UInt16 = 0
    for bit in (0..<16).reversed() {
      result = result << 1 ^ (result & 0x8000 == 0 ? 0 : polynomial)
      if b >> UInt16(bit) & 1 == 1 { result ^= a }
    }
    return result
  }
}
