/// Request and event identifiers: version 4 UUIDs in lower case, as AWS writes them.
package enum RequestID {
  package static func make() -> String {
    var bits = RandomDigits.bits()
    // RFC 9562 §5.4: the version is 4, the variant binary 10.
    bits.high = bits.high & ~0xF000 | 0x4000
    bits.low = bits.low & ~(0b11 << 62) | 0b10 << 62
    return RandomDigits.text(bits, isGrouped: true)
  }
}

/// Names that cannot be guessed and never occur twice.
package enum RandomDigits {
  typealias Bits = (high: UInt64, low: UInt64)

  /// 128 random bits as 32 hexadecimal digits in lower case.
  package static func make() -> String { text(bits(), isGrouped: false) }

  /// From the system's generator itself: Foundation's `UUID()` opens `/dev/urandom` each time, which costs every request
  /// three system calls more.
  static func bits() -> Bits {
    var generator = SystemRandomNumberGenerator()
    return (generator.next(), generator.next())
  }

  /// - Parameter isGrouped: with the dashes of a UUID.
  static func text(_ bits: Bits, isGrouped: Bool) -> String {
    String(unsafeUninitializedCapacity: 36) { buffer in
      var end = 0
      for position in 0..<32 {
        if isGrouped, position == 8 || position == 12 || position == 16 || position == 20 {
          buffer[end] = UInt8(ascii: "-")
          end += 1
        }
        let half = position < 16 ? bits.high : bits.low
        let digit = UInt8(truncatingIfNeeded: half >> UInt64(60 - position % 16 * 4)) & 0xF
        buffer[end] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        end += 1
      }
      return end
    }
  }
}
