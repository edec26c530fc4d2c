import GIF
import Testing

/// LZW in plain words: a dictionary of strings, and bits one by one.
private struct PlainLZW {
  private var bits: [Bool] = []
  private var strings: [[UInt8]: Int] = [:]
  private var next = 0
  private var width = 0
  private let indexBits: Int

  init(bits: Int) { indexBits = bits }

  private mutating func put(_ code: Int) { for bit in 0..<width { bits.append(code >> bit & 1 == 1) } }

  /// Without a clear code but the first one.
  ///
  /// - Returns: the minimum code size and the data sub-blocks.
  mutating func encode(_ indices: [UInt8], unchanged: [UInt8]?) -> [UInt8] {
    let transparent = UInt8((1 << indexBits) - 1)
    width = indexBits + 1
    next = (1 << indexBits) + 2
    for index in 0..<1 << indexBits { strings[[UInt8(index)]] = index }
    put(1 << indexBits)
    var string: [UInt8] = []
    for (position, index) in indices.enumerated() {
      let mayStay = unchanged.map { $0[position] != 0 } ?? false
      let choices = mayStay ? [transparent, index] : [index]
      if let found = choices.first(where: { strings[string + [$0]] != nil }) {
        string.append(found)
        continue
      }
      put(strings[string]!)
      if next < 4096 {
        strings[string + [choices[0]]] = next
        if next == 1 << width { width += 1 }
        next += 1
      }
      string = [choices[0]]
    }
    put(strings[string]!)
    if next == 1 << width && width < 12 { width += 1 }
    put((1 << indexBits) + 1)
    var bytes = [UInt8](repeating: 0, count: (bits.count + 7) / 8)
    for (place, bit) in bits.enumerated() where bit { bytes[place / 8] |= 1 << UInt8(place % 8) }
    var blocks = [UInt8(indexBits)]
    for begin in stride(from: 0, to: bytes.count, by: 255) {
      let block = bytes[begin..<min(begin + 255, bytes.count)]
      blocks.append(UInt8(block.count))
      blocks += block
    }
    blocks.append(0)
    return blocks
  }
}

@Suite("LZW")
struct LZWEncoderTests {
  @Test("the bytes are those of a plain encoder, up to a full table", arguments: 2...8, [false, true])
  func plain(bits: Int, hasUnchanged: Bool) {
    // Fewer codes than the encoder writes before it looks whether the full table still serves: one per pixel at most.
    let count = hasUnchanged ? 8000 : 4200
    var state = UInt64(bits)
    func random(_ limit: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33 % limit
    }
    for colours in Set([1, 2, (1 << bits) - 1]) {
      // Runs of pixels that stay, and of pixels that do not.
      var (indices, unchanged): ([UInt8], [UInt8]) = ([], [])
      while indices.count < count {
        let stays = UInt8(random(2))
        for _ in 0...random(40) {
          indices.append(UInt8(random(UInt64(colours))))
          unchanged.append(stays)
        }
      }
      (indices, unchanged) = (Array(indices[..<count]), Array(unchanged[..<count]))
      var bytes: [UInt8] = []
      unchanged.withUnsafeBufferPointer {
        LZWEncoder(bits: bits).encode(
          indices, unchanged: hasUnchanged ? $0.baseAddress : nil,
          area: LZWEncoder.Area(x: 0, y: 0, width: count / 10, height: 10), stride: count / 10, into: &bytes)
      }
      var plain = PlainLZW(bits: bits)
      #expect(bytes == plain.encode(indices, unchanged: hasUnchanged ? unchanged : nil))
    }
  }
}
