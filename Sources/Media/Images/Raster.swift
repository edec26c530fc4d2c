/// Packed 8-bit RGB rows without padding.
package struct Raster: Sendable, Equatable {
  package let width: Int
  package let height: Int
  /// `3 × width × height` bytes.
  package var pixels: [UInt8]

  /// A black picture.
  package init(width: Int, height: Int) {
    self.init(width: width, height: height, pixels: [UInt8](repeating: 0, count: 3 * width * height))
  }

  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0 && pixels.count == 3 * width * height)
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// Lays a picture onto this one.
  ///
  /// - Parameters:
  ///   - x: Pixels from the left, and `y` from the top, to its corner; all of it must find room.
  package mutating func place(_ picture: Raster, x: Int, y: Int) {
    precondition(x >= 0 && y >= 0 && x + picture.width <= width && y + picture.height <= height)
    for row in 0..<picture.height {
      let start = 3 * ((y + row) * width + x)
      let source = 3 * row * picture.width
      pixels.replaceSubrange(
        start..<start + 3 * picture.width, with: picture.pixels[source..<source + 3 * picture.width])
    }
  }
}
