import GIF

/// The blocks of a GIF89a file that is written while it is made.
enum GIFBlocks {
  /// Header, global palette, and the extension by which players repeat without end.
  static func beginning(width: Int, height: Int, palette: Palette) -> [UInt8] {
    var bytes = Array("GIF89a".utf8)
    append(width, to: &bytes)
    append(height, to: &bytes)
    bytes += [0xf0 | UInt8(palette.bits - 1), 0, 0]
    append(palette, to: &bytes)
    return bytes + [0x21, 0xff, 11] + Array("NETSCAPE2.0".utf8) + [3, 1, 0, 0, 0]
  }

  struct Image {
    var area: LZWEncoder.Area
    /// Bits per index.
    var bits: Int
    /// Nothing is on screen yet.
    var isFirst: Bool
    /// A palette of its own; otherwise the global one counts.
    var palette: Palette?
    /// Minimum code size and data sub-blocks.
    var data: [UInt8] = []

    init(area: LZWEncoder.Area, bits: Int, isFirst: Bool) {
      self.area = area
      self.bits = bits
      self.isFirst = isFirst
    }

    /// One transparent pixel.
    static func nothing(bits: Int) -> Image {
      var image = Image(area: LZWEncoder.Area(x: 0, y: 0, width: 1, height: 1), bits: bits, isFirst: false)
      // Clear, the transparent index, end: three codes one bit longer than an index.
      let clear = UInt32(1) << UInt32(bits)
      let length = UInt32(bits + 1)
      let codes = clear | (clear - 1) << length | (clear + 1) << (2 * length)
      let count = (3 * (bits + 1) + 7) / 8
      image.data = [UInt8(bits), UInt8(count)]
      for index in 0..<count { image.data.append(UInt8(truncatingIfNeeded: codes >> (8 * UInt32(index)))) }
      image.data.append(0)
      return image
    }

    /// - Parameter delay: hundredths of a second.
    func bytes(delay: Int) -> [UInt8] {
      // Images stay on screen; the next one draws over them.
      var bytes: [UInt8] = [0x21, 0xf9, 4, 1 << 2 | (isFirst ? 0 : 1)]
      GIFBlocks.append(delay, to: &bytes)
      bytes += [isFirst ? 0 : Palette.transparent(bits: bits), 0, 0x2c]
      for value in [area.x, area.y, area.width, area.height] { GIFBlocks.append(value, to: &bytes) }
      bytes.append(palette.map { 0x80 | UInt8($0.bits - 1) } ?? 0)
      if let palette { GIFBlocks.append(palette, to: &bytes) }
      return bytes + data
    }
  }

  private static func append(_ palette: Palette, to bytes: inout [UInt8]) {
    for index in 0..<1 << palette.bits {
      let colour = index < palette.colours.count ? palette.colours[index] : .zero
      bytes += [colour.x, colour.y, colour.z]
    }
  }

  private static func append(_ value: Int, to bytes: inout [UInt8]) {
    bytes.append(UInt8(truncatingIfNeeded: value))
    bytes.append(UInt8(truncatingIfNeeded: value >> 8))
  }
}
