/// Which pictures are decoded.
package enum RenderMode: String, Sendable, Codable, CaseIterable {
  /// Every output shows the picture on screen at its time.
  case exact
  /// Only key frames are decoded, at a fraction of the cost: every output shows the last key frame at or before its time.
  case keyframes
}

/// One clip to render: whole seconds from the video stream's start.
package struct ClipRequest: Sendable, Equatable {
  /// Seconds, at least 0.
  package var start: Int
  /// Seconds, exclusive: pictures are taken at times t with `start ≤ t < end`.
  package var end: Double
  /// `nil` for no GIF.
  package var gif: GIFSettings?
  /// `nil` for no stills.
  package var stills: StillSettings?
  /// Tiles for a storyboard, of the frames that the stills show; `nil` for none. Without stills there are none.
  package var tiles: TileSettings?
  package var mode: RenderMode

  package init(
    start: Int, end: Double, gif: GIFSettings? = GIFSettings(), stills: StillSettings? = StillSettings(),
    tiles: TileSettings? = nil, mode: RenderMode = .exact
  ) {
    self.start = start
    self.end = end
    self.gif = gif
    self.stills = stills
    self.tiles = tiles
    self.mode = mode
  }

  /// The same, ending later.
  package func going(on seconds: Double) -> ClipRequest {
    var longer = self
    longer.end += seconds
    return longer
  }

  /// Whether a clip rendered in the same way ends where this one begins.
  package func follows(_ other: ClipRequest) -> Bool {
    var earlier = self
    (earlier.start, earlier.end) = (other.start, Double(start))
    return earlier == other
  }

  /// - Throws: `MediaError` naming what is out of range.
  package func check() throws(MediaError) {
    guard start >= 0, end.isFinite, end > Double(start) else {
      throw MediaError(
        .invalidRequest, "a clip must begin at 0 s or later and end after that, found \(start) to \(end)")
    }
    // A GIF keeps all of its downscaled frames in memory.
    guard end - Double(start) <= 3600 else {
      throw MediaError(.invalidRequest, "a clip must not be longer than 3600 s, found \(end - Double(start))")
    }
    guard gif != nil || stills != nil else {
      throw MediaError(.invalidRequest, "a clip without GIF and stills has nothing to render")
    }
    try gif?.check()
    try stills?.check()
  }
}
