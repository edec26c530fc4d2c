/// Up to 255 colours; the table's last index is left for transparency.
package struct Palette: Equatable {
  /// At least one.
  package var colours: [SIMD3<UInt8>]

  package init(colours: [SIMD3<UInt8>]) {
    self.colours = colours
  }

  /// Bits per index, 2 ... 8: so that all colours and transparency have one, and LZW, which begins with two, can be used.
  package var bits: Int {
    var bits = 2
    while 1 << bits < colours.count + 1 { bits += 1 }
    return bits
  }

  package static func transparent(bits: Int) -> UInt8 { UInt8((1 << bits) - 1) }
}
