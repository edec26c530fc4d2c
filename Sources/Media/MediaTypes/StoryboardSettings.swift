/// How a video's storyboard looks: small pictures, the tiles, side by side on sheets, for players to show while a viewer
/// scrubs.
package struct StoryboardSettings: Sendable, Codable, Equatable {
  /// Pixels of width of a tile, 16 ... 640; the height follows. Default 320. Smaller stills are not enlarged.
  package var tileWidth: Int
  /// Tiles side by side on a sheet, 1 ... 25. Default 5.
  package var columns: Int
  /// Seconds of video for which a tile stands, 1 ... 3600. Default 1.
  package var interval: Int

  package init(tileWidth: Int = 320, columns: Int = 5, interval: Int = 1) {
    self.tileWidth = tileWidth
    self.columns = columns
    self.interval = interval
  }

  /// What each clip is to be rendered with, so that no still has to be read again. Smaller tiles are made of these.
  package var tiles: TileSettings { TileSettings(width: tileWidth, interval: interval) }

  package static let tileWidths = 16...640
  package static let columnCounts = 1...25
  package static let intervals = 1...3600
  /// Pixels of width and height that browsers and televisions decode.
  package static let largestSheet = 16384
}
