package import Images
package import Previews

/// Makes the overview: one small sheet of the whole video, which a page loads at once, so that the first moment that a
/// viewer points at is shown without a wait.
package struct OverviewPainter {
  /// Pixels of width of a tile, or fewer where the sheets' tiles are narrower.
  static let tileWidth = 80
  /// Bytes of the sheet.
  static let mostBytes = 48_000
  /// Tiles of the sheet; each stands for more seconds of a longer video.
  private static let mostTiles = 100
  private static let mostColumns = 10
  /// On libjpeg's scale; the first one that keeps the sheet small enough is taken.
  private static let qualities = [75, 60, 50, 40, 30]

  /// What was made.
  package struct Result: Sendable {
    package var jpeg: [UInt8]
    package var overview: StoryboardRecord.Overview
  }

  private let width: Int
  private let height: Int
  /// Tiles of the sheets from one tile of the overview to the next.
  private var step: Int
  private var tiles: [RGBImage] = []

  package init(_ layout: SheetLayout) {
    width = min(Self.tileWidth, layout.tileWidth)
    height = max(1, (2 * layout.tileHeight * width + layout.tileWidth) / (2 * layout.tileWidth))
    step = (layout.tiles + Self.mostTiles - 1) / Self.mostTiles
  }

  /// - Parameter index: Which tile of the sheets it is; every one is to be given, in order.
  package mutating func add(_ tile: RGBImage, at index: Int) {
    guard index % step == 0 else { return }
    tiles.append(AreaScaler.scale(tile, to: width, height))
  }

  /// - Parameters:
  ///   - interval: Seconds from one tile of the sheets to the next.
  ///   - key: Where the sheet is going to be stored.
  /// - Throws: `MediaError` if a sheet cannot be encoded.
  package consuming func finish(interval: Int, key: String) throws -> Result {
    while true {
      let columns = min(Self.mostColumns, tiles.count)
      let rows = (tiles.count + columns - 1) / columns
      let sheet = RGBImage.black(width: columns * width, height: rows * height)
      for (index, tile) in tiles.enumerated() {
        sheet.place(tile, x: index % columns * width, y: index / columns * height)
      }
      for quality in Self.qualities {
        let jpeg = try JPEGEncoder(quality: quality).encode(sheet)
        guard jpeg.count <= Self.mostBytes || (tiles.count == 1 && quality == Self.qualities.last) else { continue }
        return Result(
          jpeg: jpeg,
          overview: .init(
            key: key, bytes: jpeg.count, tiles: tiles.count, interval: step * interval, tileWidth: width,
            tileHeight: height, columns: columns, rows: rows))
      }
      // Half as many, each for twice as long.
      tiles = stride(from: 0, to: tiles.count, by: 2).map { tiles[$0] }
      step *= 2
    }
  }
}
