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
  private let drawn: UnsafeMutablePointer<UInt32>
  /// What is on screen: the palette's colours, and its indices.
  private let shown: UnsafeMutablePointer<Int16>
  private let indices: UnsafeMutablePointer<UInt8>
  private let scratch: UnsafeMutablePointer<UInt8>
  private var isFirst = true
  private let kind: GIFSettings.Dither
  private var frame: cpixels_dither

  /// - Parameters:
  ///   - map: of `palette`.
  ///   - rows: of the picture; no errors are passed to others.
  ///   - tolerance: how far a source pixel may move in any channel and still count as unchanged, 0 ... 254.
  package init(
    width: Int, rows: Range<Int>, palette: Palette, map: InverseColourMap, dither: GIFSettings.Dither, tolerance: Int,
    kernels: UnsafePointer<cpixels_kernels> = VectorLevel.chosenKernels
  ) {
    precondition((0...254).contains(tolerance))
    self.kernels = kernels
    self.width = width
    self.rows = rows
    self.map = map
    kind = dither
    // Four numbers for each colour, of which the last is 0, which only makes vectors of four.
    colours = Self.memory(4 * 256, 0)
    for (index, colour) in palette.colours.enumerated() {
      for channel in 0..<3 { colours[4 * index + channel] = Int16(colour[channel]) }
    }
    let places = cpixels_places(width, rows.count)
    errors = Self.memory(4 * (width + 5 * Int(CPIXELS_TOGETHER)), 0)
    drawn = Self.memory(places, .max)
    shown = Self.memory(4 * places, 0)
    indices = Self.memory(places, 0)
    scratch = Self.memory(48 * cpixels_steps(width), 0)
    frame = cpixels_dither(
      map: map.map, colours: colours, errors: errors, drawn: drawn, shown: shown, indices: indices, scratch: scratch,
      width: width, rows: rows.count, tolerance: UInt8(tolerance))
  }

  private static func memory<Number: BitwiseCopyable>(_ count: Int, _ value: Number) -> UnsafeMutablePointer<Number> {
    let memory = UnsafeMutablePointer<Number>.allocate(capacity: count)
    memory.initialize(repeating: value, count: count)
    return memory
  }

  deinit {
    colours.deallocate()
    errors.deallocate()
    drawn.deallocate()
    shown.deallocate()
    indices.deallocate()
    scratch.deallocate()
  }

  /// - Parameter picture: of the size that was announced.
  /// - Parameter result: takes what is on screen then; only its own rows are touched.
  package func dither(_ picture: RGBImage, into result: IndexedImage) {
    precondition(picture.width == width && picture.height >= rows.upperBound && result.width == width)
    let begin = rows.lowerBound * width
    let (indices, unchanged) = (result.indices + begin, result.unchanged + begin)
    let source = picture.pixels + 3 * begin
    switch kind {
    case .sierra2_4a: kernels.pointee.diffuse(&frame, source, indices, unchanged)
    case .bayer: kernels.pointee.order(&frame, source, indices, unchanged, Self.bayerPattern, rows.lowerBound)
    case .none: kernels.pointee.order(&frame, source, indices, unchanged, Self.noPattern, rows.lowerBound)
    }
    if isFirst { unchanged.update(repeating: 0, count: width * rows.count) }
    isFirst = false
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
