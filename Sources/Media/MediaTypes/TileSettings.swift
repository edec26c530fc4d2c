/// The storyboard tiles that a clip's renderer makes beside the stills: the same frames, small.
package struct TileSettings: Sendable, Equatable {
  /// Pixels of width at most; the height follows. Smaller stills are not enlarged.
  package var width: Int
  /// Seconds of video from one tile to the next, counted from the start of the video; at least 1.
  package var interval: Int

  package init(width: Int, interval: Int) {
    precondition(width > 0 && interval > 0)
    self.width = width
    self.interval = interval
  }

  /// Tiles of still narrower videos become narrower than was asked for.
  private static let tallestShape = 4

  /// The size of a tile of stills of that size: at least one pixel along each side.
  package static func size(width wanted: Int, stillWidth: Int, stillHeight: Int) -> (width: Int, height: Int) {
    var width = min(wanted, stillWidth)
    if stillHeight > tallestShape * stillWidth {
      width = max(1, min(width, tallestShape * wanted * stillWidth / stillHeight))
    }
    return (width, max(1, (2 * stillHeight * width + stillWidth) / (2 * stillWidth)))
  }
}
