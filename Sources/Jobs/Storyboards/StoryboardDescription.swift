package import Previews

/// `storyboard.json`: a storyboard for programs, with the field's usual names (those of Mux's `storyboard.json`; YouTube
/// has the same under others). Addresses are relative to it.
package struct StoryboardDescription: Sendable, Codable, Equatable {
  package struct Tile: Sendable, Codable, Equatable {
    /// Second of the video from which on the tile stands for it.
    package var start: Int
    /// Pixels from the sheet's left and top.
    package var x: Int
    package var y: Int
  }

  package struct Sheet: Sendable, Codable, Equatable {
    package var url: String
    /// Second of the video with which it begins.
    package var start: Int
    package var tiles: [Tile]
  }

  package struct Poster: Sendable, Codable, Equatable {
    package var url: String
    /// The second of the video that it shows.
    package var time: Int

    package init(url: String, time: Int) {
      self.url = url
      self.time = time
    }
  }

  /// One small sheet of the whole video.
  package struct Overview: Sendable, Codable, Equatable {
    package var url: String
    /// Seconds from one tile to the next.
    package var interval: Int
    /// Pixels of a tile.
    package var tileWidth: Int
    package var tileHeight: Int
    /// Tiles side by side, and one below the other; `tiles` in all.
    package var columns: Int
    package var rows: Int
    package var tiles: Int

    private enum CodingKeys: String, CodingKey {
      case url, interval, columns, rows, tiles
      case tileWidth = "tile_width"
      case tileHeight = "tile_height"
    }

    init(_ overview: StoryboardRecord.Overview) {
      url = OutputKeys.StoryboardFile.overview.rawValue
      (interval, columns, rows, tiles) = (overview.interval, overview.columns, overview.rows, overview.tiles)
      (tileWidth, tileHeight) = (overview.tileWidth, overview.tileHeight)
    }
  }

  /// Seconds of the video.
  package var duration: Double
  /// Seconds from one tile to the next.
  package var interval: Int
  /// Pixels of a tile.
  package var tileWidth: Int
  package var tileHeight: Int
  /// Tiles of a sheet side by side, and one below the other; the last sheet may have fewer.
  package var columns: Int
  package var rows: Int
  package var sheets: [Sheet]
  package var overview: Overview
  package var poster: Poster

  private enum CodingKeys: String, CodingKey {
    case duration, interval, columns, rows, sheets, overview, poster
    case tileWidth = "tile_width"
    case tileHeight = "tile_height"
  }

  package init(
    _ plan: StoryboardPlan, _ layout: SheetLayout, overview: StoryboardRecord.Overview, poster: Poster
  ) {
    duration = plan.duration
    interval = plan.interval
    tileWidth = layout.tileWidth
    tileHeight = layout.tileHeight
    columns = layout.columns
    rows = layout.rows
    sheets = (0..<layout.sheets).map { number in
      let range = layout.tiles(ofSheet: number)
      let tiles = range.map { index in
        let place = layout.place(ofTile: index)
        return Tile(start: plan.time(ofTile: index), x: place.x, y: place.y)
      }
      return Sheet(url: SheetName.of(number), start: plan.time(ofTile: range.lowerBound), tiles: tiles)
    }
    self.overview = Overview(overview)
    self.poster = poster
  }
}
