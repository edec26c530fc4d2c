/// What a manifest says of the job's storyboard, once all of it is in the store.
package struct StoryboardRecord: Sendable, Codable, Equatable {
  /// An object in the output bucket.
  package struct Object: Sendable, Codable, Equatable {
    package var key: String
    /// Size in bytes.
    package var bytes: Int

    package init(key: String, bytes: Int) {
      self.key = key
      self.bytes = bytes
    }
  }

  /// One small sheet of the whole video, for the first moment that a viewer points at.
  package struct Overview: Sendable, Codable, Equatable {
    package var key: String
    /// At most 48,000.
    package var bytes: Int
    /// Each stands for `interval` seconds.
    package var tiles: Int
    package var interval: Int
    /// Pixels of a tile.
    package var tileWidth: Int
    package var tileHeight: Int
    /// Tiles side by side, and one below the other.
    package var columns: Int
    package var rows: Int

    package init(
      key: String, bytes: Int, tiles: Int, interval: Int, tileWidth: Int, tileHeight: Int, columns: Int, rows: Int
    ) {
      self.key = key
      self.bytes = bytes
      self.tiles = tiles
      self.interval = interval
      self.tileWidth = tileWidth
      self.tileHeight = tileHeight
      self.columns = columns
      self.rows = rows
    }
  }

  /// Sheets of tiles, in order.
  package var sheets: [Object]
  /// WebVTT: `thumbnails.vtt`.
  package var thumbnails: Object
  /// For programs: `storyboard.json`.
  package var description: Object
  /// HLS image media playlist: `storyboard.m3u8`.
  package var playlist: Object
  /// `overview.jpg`; absent from storyboards of earlier releases.
  package var overview: Overview?
  /// A still that stands for the video.
  package var poster: Object
  /// The second of the video that the poster shows.
  package var posterTime: Int
  /// Tiles of all sheets.
  package var tiles: Int
  /// Seconds from one tile to the next.
  package var interval: Int
  /// Pixels of a tile.
  package var tileWidth: Int
  package var tileHeight: Int
  /// Tiles of a sheet side by side, and one below the other; every sheet is as large.
  package var columns: Int
  package var rows: Int
  package var timings: ClipRecord.Timings

  package init(
    sheets: [Object], thumbnails: Object, description: Object, playlist: Object, overview: Overview?,
    poster: Object, posterTime: Int, tiles: Int, interval: Int, tileWidth: Int, tileHeight: Int, columns: Int,
    rows: Int, timings: ClipRecord.Timings
  ) {
    self.sheets = sheets
    self.thumbnails = thumbnails
    self.description = description
    self.playlist = playlist
    self.overview = overview
    self.poster = poster
    self.posterTime = posterTime
    self.tiles = tiles
    self.interval = interval
    self.tileWidth = tileWidth
    self.tileHeight = tileHeight
    self.columns = columns
    self.rows = rows
    self.timings = timings
  }

  /// All that it names.
  package var objects: [Object] {
    sheets + [thumbnails, description, playlist, poster]
      + (overview.map { [Object(key: $0.key, bytes: $0.bytes)] } ?? [])
  }
}
