/// Up to 255 colours; the table's last index is left for transparency.
struct Palette: Equatable {
  /// At least one.
  var colours: [SIMD3<UInt8>]

  /// Bits per index, 2 ... 8: so that all colours and transparency have one, and LZW, which begins with two, can be used.
  var bits: Int {
    var bits = 2
    while 1 << bits < colours.count + 1 { bits += 1 }
    return bits
  }

  static func transparent(bits: Int) -> UInt8 { UInt8((1 << bits) - 1) }
}
