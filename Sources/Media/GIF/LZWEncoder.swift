/// GIF's variant of LZW (GIF89a, Appendix F).
///
/// Where a pixel may be drawn or left transparent alike, whichever continues the current string is taken.
package final class LZWEncoder {
  private static let tableBits = 14
  private static let codes = 1 << 12
  /// Codes after which a full table is judged again.
  private static let stretch = 512
  /// Strings, by a hash of their code but for the last index and of that index: `key << 12 | code`.
  private let table: UnsafeMutablePointer<UInt32>
  /// By the code of a string, the code of the string that is longer by a transparent index; 0 if there is none. Most of a
  /// moving picture stays what it is, and a look here takes a fraction of one at the table.
  private let longer: UnsafeMutablePointer<UInt16>
  private var output: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  /// Bits of an index, 2 ... 8.
  private let bits: Int
  private let transparent: UInt32

  package init(bits: Int) {
    self.bits = bits
    transparent = UInt32(Palette.transparent(bits: bits))
    table = .allocate(capacity: 1 << Self.tableBits)
    longer = .allocate(capacity: Self.codes)
    capacity = 1 << 16
    output = .allocate(capacity: capacity)
  }

  deinit {
    table.deallocate()
    longer.deallocate()
    output.deallocate()
  }

  /// A rectangle of a picture `stride` pixels wide.
  package struct Area {
    package var x: Int
    package var y: Int
    package var width: Int
    package var height: Int

    package init(x: Int, y: Int, width: Int, height: Int) {
      self.x = x
      self.y = y
      self.width = width
      self.height = height
    }
  }

  /// Appends the minimum code size and the data sub-blocks.
  ///
  /// - Parameter unchanged: per pixel, 1 where the transparent index may stand instead; `nil` where nowhere.
  package func encode(
    _ indices: UnsafePointer<UInt8>, unchanged: UnsafePointer<UInt8>?, area: Area, stride: Int,
    into bytes: inout [UInt8]
  ) {
    // 12 bits per pixel at worst, and a clear code now and then.
    let bound = area.width * area.height * 2 + 64
    if capacity < bound {
      output.deallocate()
      capacity = bound
      output = .allocate(capacity: capacity)
    }
    let count = encode(indices, unchanged, area, stride)
    bytes.append(UInt8(bits))
    var offset = 0
    while offset < count {
      let block = min(255, count - offset)
      bytes.append(UInt8(block))
      bytes.append(contentsOf: UnsafeBufferPointer(start: output + offset, count: block))
      offset += block
    }
    bytes.append(0)
  }

  private func encode(
    _ indices: UnsafePointer<UInt8>, _ unchanged: UnsafePointer<UInt8>?, _ area: Area, _ stride: Int
  ) -> Int {
    let clear: UInt32 = 1 << UInt32(self.bits)
    let end = clear + 1
    let firstWidth = UInt32(self.bits) + 1
    let transparent = transparent
    var nextCode = clear + 2
    var width = firstWidth
    var bits: UInt64 = 0
    var bitCount: UInt32 = 0
    var written = 0
    // Where the table's first string began, what was coded while it was filled, and how it has served since.
    var begin = (pixel: 0, byte: 0)
    var filling = (pixels: 0, bits: 0)
    var fullCodes = 0
    var stretchBegin = 0
    let output = output
    let table = table
    let longer = longer

    /// Writes eight bytes, of which the whole ones count.
    @inline(__always) func put(_ code: UInt32) {
      bits |= UInt64(code) << UInt64(bitCount)
      bitCount &+= width
      UnsafeMutableRawPointer(output + written).storeBytes(of: bits.littleEndian, as: UInt64.self)
      written &+= Int(bitCount >> 3)
      bits >>= UInt64(bitCount & ~7)
      bitCount &= 7
    }
    /// The slot of a string, or the empty slot where it would stand, and what it has: `.max` if it is empty.
    @inline(__always) func find(_ key: UInt32) -> (place: Int, entry: UInt32) {
      var index = Int((key &* 0x9E37_79B1) >> (32 - UInt32(Self.tableBits)))
      while true {
        let entry = table[index]
        if entry >> 12 == key || entry == .max { return (index, entry) }
        index = (index &+ 1) & ((1 << Self.tableBits) - 1)
      }
    }
    func empty() {
      table.initialize(repeating: .max, count: 1 << Self.tableBits)
      longer.initialize(repeating: 0, count: Self.codes)
    }

    empty()
    put(clear)
    var prefix: UInt32 = .max
    for y in area.y..<area.y + area.height {
      let row = y * stride + area.x
      for position in row..<row + area.width {
        let index = UInt32(indices[position])
        let mayStay = unchanged.map { $0[position] != 0 } ?? false
        let first = mayStay ? transparent : index
        if prefix == .max {
          prefix = first
          continue
        }
        if mayStay {
          let code = longer[Int(prefix)]
          if code != 0 {
            prefix = UInt32(code)
            continue
          }
        }
        let (place, entry) = find(prefix << 8 | index)
        if entry != .max {
          prefix = entry & 0xfff
          continue
        }
        put(prefix)
        if nextCode < 4096 {
          if mayStay {
            longer[Int(prefix)] = UInt16(truncatingIfNeeded: nextCode)
          } else {
            table[place] = (prefix << 8 | first) << 12 | nextCode
          }
          if nextCode == 1 << width { width &+= 1 }
          nextCode &+= 1
        } else {
          // The full table stays while it serves at least as well as it did while it was filled: for noise, where
          // strings are short, it takes long to be filled again.
          let pixel = (y &- area.y) &* area.width &+ (position &- row)
          if fullCodes == 0 {
            filling = (pixels: pixel &- begin.pixel, bits: (written &- begin.byte) &* 8)
            stretchBegin = pixel
          }
          fullCodes &+= 1
          if fullCodes % Self.stretch == 0 {
            let pixels = pixel &- stretchBegin
            stretchBegin = pixel
            if 12 &* Self.stretch &* filling.pixels > pixels &* filling.bits {
              put(clear)
              empty()
              nextCode = clear &+ 2
              width = firstWidth
              fullCodes = 0
              begin = (pixel: pixel, byte: written)
            }
          }
        }
        prefix = first
      }
    }
    put(prefix)
    // The decoder has one more string by now than was written down here, which may widen its codes.
    if nextCode == 1 << width && width < 12 { width &+= 1 }
    put(end)
    if bitCount > 0 {
      output[written] = UInt8(truncatingIfNeeded: bits)
      written &+= 1
    }
    return written
  }
}
