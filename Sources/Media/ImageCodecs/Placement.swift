package import MediaTypes

/// How large an output is and which part of the reduced image it shows, in upright pixels.
package struct Placement: Sendable, Equatable {
  /// What the whole source is reduced to.
  package var scaled: PixelSize
  /// The part that is kept; all of `scaled` unless cropped.
  package var crop: PixelSize

  package init(_ output: ImageOutput, of source: PixelSize) {
    switch output.fit {
    case .inside(let width, let height):
      let factor = min(
        1, (Double(output.format.maximumPixels) / Double(source.area)).squareRoot(),
        width.map { Double($0) / Double(source.width) } ?? 1, height.map { Double($0) / Double(source.height) } ?? 1)
      scaled = Self.scale(source, by: factor)
      crop = scaled
    case .square(let side):
      let shorter = min(source.width, source.height)
      let target = min(shorter, side)
      scaled = Self.scale(source, by: Double(target) / Double(shorter))
      crop = PixelSize(width: target, height: target)
    }
  }

  package var isCropped: Bool { crop != scaled }
  /// Pixels cut off on the left and at the top.
  package var left: Int { (scaled.width - crop.width) / 2 }
  package var top: Int { (scaled.height - crop.height) / 2 }

  private static func scale(_ size: PixelSize, by factor: Double) -> PixelSize {
    func side(_ length: Int) -> Int { max(1, Int((Double(length) * factor).rounded())) }
    return PixelSize(width: side(size.width), height: side(size.height))
  }
}
