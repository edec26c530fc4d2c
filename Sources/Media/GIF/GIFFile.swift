/// The blocks of a GIF89a file around its compressed frames.
struct GIFFile {
  var bytes: [UInt8] = []
  private let bits: Int

  /// Header, global palette, and the extension by which players repeat without end.
  init(width: Int, height: Int, palette: Palette) {
    bits = palette.bits
    bytes.reserveCapacity(4 << 20)
    bytes += Array("GIF89a".utf8)
    append16(width)
    append16(height)
    // A global table of 2^bits entries, 8 bits per channel.
    bytes += [0xf0 | UInt8(bits - 1), 0, 0]
    for index in 0..<1 << bits {
      let colour = index < palette.colours.count ? palette.colours[index] : .zero
      bytes += [colour.x, colour.y, colour.z]
    }
    bytes += [0x21, 0xff, 11] + Array("NETSCAPE2.0".utf8) + [3, 1, 0, 0, 0]
  }

  /// - Parameter delay: hundredths of a second.
  mutating func begin(_ area: LZWEncoder.Area, delay: Int, isFirst: Bool) {
    // Frames stay on screen; the next one draws over them.
    bytes += [0x21, 0xf9, 4, 1 << 2 | (isFirst ? 0 : 1)]
    append16(delay)
    bytes += [isFirst ? 0 : Palette.transparent(bits: bits), 0]
    bytes.append(0x2c)
    append16(area.x)
    append16(area.y)
    append16(area.width)
    append16(area.height)
    bytes.append(0)
  }

  /// A frame that changes nothing: one transparent pixel.
  mutating func repeatFrame(delay: Int) {
    begin(LZWEncoder.Area(x: 0, y: 0, width: 1, height: 1), delay: delay, isFirst: false)
    // Clear, the transparent index, end: three codes one bit longer than an index.
    let clear = UInt32(1) << UInt32(bits)
    let length = UInt32(bits + 1)
    let codes = clear | (clear - 1) << length | (clear + 1) << (2 * length)
    let count = (3 * (bits + 1) + 7) / 8
    bytes += [UInt8(bits), UInt8(count)]
    for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: codes >> (8 * UInt32(index)))) }
    bytes.append(0)
  }

  mutating func end() { bytes.append(0x3b) }

  private mutating func append16(_ value: Int) {
    bytes.append(UInt8(truncatingIfNeeded: value))
    bytes.append(UInt8(truncatingIfNeeded: value >> 8))
  }
}
