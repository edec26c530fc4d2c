package import CPixels
package import FrameConversion
package import Images
package import MediaTypes

/// Brings some rows of picture after picture to the palette, leaving pixels that did not change as they are: still parts of
/// the picture neither flicker nor cost bytes.
package final class Ditherer {
  private let kernels: UnsafePointer<cpixels_kernels>
  private let width: Int
  private let rows: Range<Int>
  private let map: InverseColourMap
  /// Palette entries widened for arithmetic.
  private let colours: UnsafeMutablePointer<Int16>
  /// Errors for the next row, in quarters.
  private let errors: UnsafeMutablePointer<Int16>
  /// The source colour at the time when each pixel was last drawn.
  private let drawn: UnsafeMutablePointer<Int16>
  /// What is on screen.
  private let indices: UnsafeMutablePointer<UInt8>
  private var isFirst = true
  private let kind: GIFSettings.Dither
  private var frame: cpixels_dither

  /// - Parameters:
  ///   - map: of `palette`.
  ///   - rows: of the picture; no errors are passed to others.
  ///   - tolerance: how far a source pixel may move in any channel and still count as unchanged.
  package init(
    width: Int, rows: Range<Int>, palette: Palette, map: InverseColourMap, dither: GIFSettings.Dither, tolerance: Int,
    kernels: UnsafePointer<cpixels_kernels> = VectorLevel.chosenKernels
  ) {
    self.kernels = kernels
    self.width = width
    self.rows = rows
    self.map = map
    kind = dither
    let count = width * rows.count
    // Four numbers for each colour, of which the last is 0, which only makes vectors of four.
    colours = .allocate(capacity: 4 * 256)
    colours.initialize(repeating: 0, count: 4 * 256)
    for (index, colour) in palette.colours.enumerated() {
      for channel in 0..<3 { colours[4 * index + channel] = Int16(colour[channel]) }
    }
    errors = .allocate(capacity: 4 * (width + 1))
    errors.initialize(repeating: 0, count: 4 * (width + 1))
    drawn = .allocate(capacity: 4 * count)
    // Far from every colour, so that all of the first picture is drawn.
    drawn.initialize(repeating: .max / 2, count: 4 * count)
    indices = .allocate(capacity: count)
    indices.initialize(repeating: 0, count: count)
    frame = cpixels_dither(
      map: map.map, colours: colours, errors: errors, drawn: drawn, indices: indices, width: width, rows: rows.count,
      tolerance: Int16(tolerance))
  }

  deinit {
    colours.deallocate()
    errors.deallocate()
    drawn.deallocate()
    indices.deallocate()
  }

  /// - Parameter picture: of the size that was announced.
  /// - Parameter result: takes what is on screen then; only its own rows are touched.
  package func dither(_ picture: RGBImage, into result: IndexedImage) {
    precondition(picture.width == width && picture.height >= rows.upperBound && result.width == width)
    let begin = rows.lowerBound * width
    let unchanged = result.unchanged + begin
    let source = picture.pixels + 3 * begin
    switch kind {
    case .sierra2_4a: kernels.pointee.diffuse(&frame, source, unchanged)
    case .bayer: kernels.pointee.order(&frame, source, unchanged, Self.bayerPattern, rows.lowerBound)
    case .none: kernels.pointee.order(&frame, source, unchanged, Self.noPattern, rows.lowerBound)
    }
    if isFirst { unchanged.update(repeating: 0, count: width * rows.count) }
    isFirst = false
    (result.indices + begin).update(from: indices, count: width * rows.count)
  }

  private static let noPattern = [Int16](repeating: 0, count: 64)

  /// Bayer's matrix (B. E. Bayer, "An optimum method for two-level rendition of continuous-tone pictures", ICC 1973) on
  /// the scale -8 ... 7: the bits of the row and of row xor column, interleaved from the least.
  private static let bayerPattern = (0..<64).map { cell -> Int16 in
    let (row, column) = (cell >> 3, cell & 7)
    var value = 0
    for bit in 0..<3 {
      value = value << 2 | ((row ^ column) >> bit & 1) << 1 | row >> bit & 1
    }
    return Int16(value / 4 - 8)
  }
}
