import FrameConversion
import MediaTypes

/// Brings some rows of picture after picture to the palette, leaving pixels that did not change as they are: still parts of
/// the picture neither flicker nor cost bytes.
final class Ditherer {
  private let width: Int
  private let rows: Range<Int>
  private let map: InverseColourMap
  /// Palette entries widened for arithmetic.
  private let colours: UnsafeMutablePointer<SIMD4<Int16>>
  /// Errors for the next row, in quarters.
  private let errors: UnsafeMutablePointer<SIMD4<Int16>>
  /// The source colour at the time when each pixel was last drawn, as `Ditherer.colour` makes it.
  private let drawn: UnsafeMutablePointer<SIMD4<Int16>>
  /// What is on screen.
  private let indices: UnsafeMutablePointer<UInt8>
  private var isFirst = true
  /// How much of an error is passed on, in sixteenths. Less than all of it takes most of the noise out, which is closer to
  /// the source by PSNR and SSIM in every video measured, and smaller. Of 7 sixteenths nothing is left of an error of one
  /// step, which is not seen but would spread through all of a smooth part.
  private static let strength: Int16 = 7
  /// How far a source pixel may move in any channel and still count as unchanged.
  private let tolerance: Int16
  private let kind: GIFSettings.Dither

  /// - Parameters:
  ///   - map: of `palette`.
  ///   - rows: of the picture; no errors are passed to others.
  init(
    width: Int, rows: Range<Int>, palette: Palette, map: InverseColourMap, dither: GIFSettings.Dither, tolerance: Int
  ) {
    self.width = width
    self.rows = rows
    self.map = map
    kind = dither
    self.tolerance = Int16(tolerance)
    let count = width * rows.count
    colours = .allocate(capacity: 256)
    colours.initialize(repeating: .zero, count: 256)
    for (index, colour) in palette.colours.enumerated() {
      colours[index] = SIMD4(Int16(colour.x), Int16(colour.y), Int16(colour.z), 0)
    }
    errors = .allocate(capacity: width + 1)
    errors.initialize(repeating: .zero, count: width + 1)
    drawn = .allocate(capacity: count)
    drawn.initialize(repeating: .zero, count: count)
    indices = .allocate(capacity: count)
    indices.initialize(repeating: 0, count: count)
  }

  deinit {
    colours.deallocate()
    errors.deallocate()
    drawn.deallocate()
    indices.deallocate()
  }

  /// - Parameter picture: of the size that was announced.
  /// - Parameter result: takes what is on screen then; only its own rows are touched.
  func dither(_ picture: RGBPicture, into result: IndexedPicture) {
    let begin = rows.lowerBound * width
    let unchanged = result.unchanged + begin
    let source = UnsafeRawPointer(picture.pixels + 3 * begin)
    switch kind {
    case .sierra2_4a: diffuse(source, unchanged)
    case .bayer: order(source, unchanged, pattern: Self.bayerPattern)
    case .none: order(source, unchanged, pattern: Self.noPattern)
    }
    if isFirst { unchanged.update(repeating: 0, count: width * rows.count) }
    isFirst = false
    (result.indices + begin).update(from: indices, count: width * rows.count)
  }

  /// Sierra-2-4A, as FFmpeg's `paletteuse` by default.
  ///
  /// A pixel waits for what the one before it leaves over. So two rows are worked on at a time, the lower one two pixels
  /// behind, which is as far to the right as its errors come from: while one pixel waits, the other goes on.
  private func diffuse(_ pixels: UnsafeRawPointer, _ unchanged: UnsafeMutablePointer<UInt8>) {
    // errors[x + 1] belongs to column x, so that the first pixel has somewhere to put its lower left share.
    errors.update(repeating: .zero, count: width + 1)
    var position = 0
    let end = width * rows.count
    while width > 2, position + 2 * width <= end {
      let below = position + width
      var (upper, lower) = (SIMD4<Int16>.zero, SIMD4<Int16>.zero)
      diffuse(pixels, unchanged, position, 0, &upper)
      diffuse(pixels, unchanged, position, 1, &upper)
      for x in 2..<width {
        diffuse(pixels, unchanged, position, x, &upper)
        diffuse(pixels, unchanged, below, x - 2, &lower)
      }
      diffuse(pixels, unchanged, below, width - 2, &lower)
      diffuse(pixels, unchanged, below, width - 1, &lower)
      position += 2 * width
    }
    while position < end {
      var right = SIMD4<Int16>.zero
      for x in 0..<width { diffuse(pixels, unchanged, position, x, &right) }
      position += width
    }
  }

  /// One pixel.
  ///
  /// - Parameters:
  ///   - row: where its row begins.
  ///   - right: what the pixel to its left passed on, in quarters; then what it passes on itself.
  @inline(__always)
  private func diffuse(
    _ pixels: UnsafeRawPointer, _ unchanged: UnsafeMutablePointer<UInt8>, _ row: Int, _ x: Int,
    _ right: inout SIMD4<Int16>
  ) {
    let pixel = Self.colour(pixels + 3 * (row + x))
    let share = (errors[x + 1] &+ right &+ 2) &>> 2
    let wanted = (pixel &+ share).clamped(lowerBound: .zero, upperBound: SIMD4(repeating: 255))
    let index = draw(pixel, as: wanted, at: row + x, unchanged)
    let error = ((wanted &- colours[Int(index)]) &* Self.strength &+ 8) &>> 4
    right = error &<< 1
    errors[x] &+= error
    errors[x + 1] = error
  }

  /// Adds a fixed pattern of 8 × 8 to every channel.
  private func order(
    _ pixels: UnsafeRawPointer, _ unchanged: UnsafeMutablePointer<UInt8>, pattern: [Int16]
  ) {
    var source = pixels
    var position = 0
    for y in rows {
      for x in 0..<width {
        let pixel = Self.colour(source)
        let wanted = (pixel &+ pattern[(y & 7) << 3 | x & 7])
          .clamped(lowerBound: .zero, upperBound: SIMD4(repeating: 255))
        _ = draw(pixel, as: wanted, at: position, unchanged)
        source += 3
        position += 1
      }
    }
  }

  /// Red, green, blue, and a fourth number, 0, which only makes vectors of four. Reads four bytes.
  @inline(__always)
  private static func colour(_ source: UnsafeRawPointer) -> SIMD4<Int16> {
    let bytes = source.loadUnaligned(as: UInt32.self) & 0xff_ffff
    return SIMD4<Int16>(truncatingIfNeeded: unsafeBitCast(bytes, to: SIMD4<UInt8>.self))
  }

  /// Draws a pixel where it has changed. Returns what is on screen then.
  @inline(__always)
  private func draw(
    _ pixel: SIMD4<Int16>, as wanted: SIMD4<Int16>, at position: Int, _ unchanged: UnsafeMutablePointer<UInt8>
  ) -> UInt8 {
    let onScreen = indices[position]
    // Within ± tolerance on all channels: one comparison, as what is below wraps around to large numbers.
    let move = SIMD4<UInt16>(truncatingIfNeeded: pixel &- drawn[position] &+ tolerance)
    if !isFirst, move.max() <= UInt16(2 * tolerance) {
      unchanged[position] = 1
      return onScreen
    }
    let index = map.nearest(wanted)
    drawn[position] = pixel
    indices[position] = index
    unchanged[position] = index == onScreen ? 1 : 0
    return index
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
