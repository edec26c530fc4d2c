/// Bits of a unit of H.264 or HEVC, without the bytes that keep start codes apart. Beyond the end there are zeros.
package struct BitReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var byte = 0
  private var bit = 0
  private var zeros = 0

  package init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  private mutating func next() -> Int {
    if bit == 0 {
      if zeros >= 2, byte < bytes.count, bytes[byte] == 3 {
        byte += 1
        zeros = 0
      }
      if byte < bytes.count { zeros = bytes[byte] == 0 ? zeros + 1 : 0 }
    }
    let value = byte < bytes.count ? Int(bytes[byte] >> UInt8(7 - bit) & 1) : 0
    bit += 1
    if bit == 8 {
      bit = 0
      byte += 1
    }
    return value
  }

  /// The next bits as a number; of more than 63 the last ones.
  package mutating func number(_ count: Int) -> Int {
    var value = 0
    for _ in 0..<count { value = value &<< 1 | next() }
    return value
  }

  /// Whether more was read than there is.
  package var isBeyondEnd: Bool { byte > bytes.count || byte == bytes.count && bit > 0 }

  /// An unsigned Exp-Golomb number (§9.1).
  package mutating func golomb() -> Int {
    var zeros = 0
    while zeros < 32, next() == 0 { zeros += 1 }
    return zeros == 32 ? 0 : (1 << zeros) - 1 + number(zeros)
  }

  package mutating func skipGolombs(_ count: Int) {
    for _ in 0..<count { _ = golomb() }
  }

  package mutating func signedGolomb() -> Int {
    let value = golomb()
    return value % 2 == 1 ? (value + 1) / 2 : -(value / 2)
  }
}
