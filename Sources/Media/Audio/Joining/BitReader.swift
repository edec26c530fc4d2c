/// Reads bits, most significant first; zeros beyond the end.
struct BitReader {
  private let bytes: [UInt8]
  private(set) var position: Int

  init(_ bytes: [UInt8], at position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  mutating func read(_ count: Int) -> Int {
    var value = 0
    for _ in 0..<count {
      let byte = position >> 3 < bytes.count ? bytes[position >> 3] : 0
      value = value << 1 | Int(byte >> UInt8(7 - position & 7)) & 1
      position += 1
    }
    return value
  }

  mutating func skip(_ count: Int) { position += count }
}
