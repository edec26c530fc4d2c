package import CLibAV

/// The sizes of a clip's pictures, from the size of the first one, its pixels' shape and its orientation.
package struct FrameGeometry: Equatable, Sendable {
  package let codedWidth: Int
  package let codedHeight: Int
  package let orientation: Orientation
  /// Width of a pixel relative to its height.
  private let aspect: (numerator: Int, denominator: Int)

  package init(codedWidth: Int, codedHeight: Int, sampleAspect: AVRational, orientation: Orientation) {
    self.codedWidth = codedWidth
    self.codedHeight = codedHeight
    self.orientation = orientation
    let (n, d) = (Int(sampleAspect.num), Int(sampleAspect.den))
    // Shapes beyond 8 : 1 are writing errors, not pixels; within 1 : 200 of square they are what rounding to whole
    // pixels leaves when a tool scales.
    let isMeant = n > 0 && d > 0 && n <= 8 * d && d <= 8 * n && 200 * abs(n - d) > min(n, d)
    aspect = isMeant ? (n, d) : (1, 1)
  }

  package static func == (a: FrameGeometry, b: FrameGeometry) -> Bool {
    a.codedWidth == b.codedWidth && a.codedHeight == b.codedHeight && a.orientation == b.orientation
      && a.aspect == b.aspect
  }

  /// Square pixels, not yet turned: the side with the longer pixels grows, the other stays, so that nothing is lost.
  package var squareWidth: Int {
    aspect.numerator > aspect.denominator ? Self.scale(codedWidth, aspect.numerator, aspect.denominator) : codedWidth
  }
  package var squareHeight: Int {
    aspect.numerator < aspect.denominator ? Self.scale(codedHeight, aspect.denominator, aspect.numerator) : codedHeight
  }

  /// The stills: square pixels, upright.
  package var stillWidth: Int { orientation.transposed ? squareHeight : squareWidth }
  package var stillHeight: Int { orientation.transposed ? squareWidth : squareHeight }

  /// The height of a GIF `width` pixels wide, by the display aspect, rounded to the nearest; 1 ... 16 × `width`.
  package func gifHeight(width: Int) -> Int {
    let wide = codedWidth * aspect.numerator
    let high = codedHeight * aspect.denominator
    let height = orientation.transposed ? Self.scale(width, wide, high) : Self.scale(width, high, wide)
    return min(max(height, 1), 16 * width)
  }

  private static func scale(_ value: Int, _ numerator: Int, _ denominator: Int) -> Int {
    (2 * value * numerator + denominator) / (2 * denominator)
  }
}
