package import MediaTypes

/// How a stored image has to be turned to stand upright: EXIF's `Orientation`, 1 … 8.
package enum Orientation: Int, Sendable, CaseIterable {
  case upright = 1
  case mirrored
  case halfTurn
  case flipped
  case transposed
  case quarterTurn
  case transversed
  case threeQuarterTurn

  /// Width and height change places.
  package var isSideways: Bool { rawValue >= 5 }

  package func applied(to size: PixelSize) -> PixelSize { isSideways ? size.transposed : size }

  /// Clockwise turn in quarters, and whether it is mirrored left to right afterwards.
  var steps: (quarters: Int, isMirrored: Bool) {
    switch self {
    case .upright: (0, false)
    case .mirrored: (0, true)
    case .halfTurn: (2, false)
    case .flipped: (2, true)
    case .transposed: (1, true)
    case .quarterTurn: (1, false)
    case .transversed: (3, true)
    case .threeQuarterTurn: (3, false)
    }
  }

  /// What is cut off on the left and top of the stored image, if `left` and `top` are to be cut off the upright one.
  func stored(left: Int, top: Int, of crop: PixelSize, in upright: PixelSize) -> (left: Int, top: Int) {
    let (right, bottom) = (upright.width - crop.width - left, upright.height - crop.height - top)
    return switch self {
    case .upright: (left, top)
    case .mirrored: (right, top)
    case .halfTurn: (right, bottom)
    case .flipped: (left, bottom)
    case .transposed: (top, left)
    case .quarterTurn: (top, right)
    case .transversed: (bottom, right)
    case .threeQuarterTurn: (bottom, left)
    }
  }
}
