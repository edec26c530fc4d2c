package import MediaTypes

/// How an animated GIF that is made while its video arrives looks.
package struct AnimationSettings: Sendable, Equatable {
  /// The square that the picture must fit into, pixels. 2 ... 1024.
  package var box: Int
  /// Frames per second. GIF counts in 1/100 s and players slow down below 2 of them, so 1 ... 50.
  package var framesPerSecond: Int
  /// Entries of a palette, one of which stands for "as before". 2 ... 256.
  package var colours: Int
  /// Seconds of the video that are left out at its beginning. 0 or more; default 0.
  package var start: Double
  /// Seconds of the video that are shown; `nil` for all.
  package var duration: Double?

  package init(box: Int, framesPerSecond: Int, colours: Int, start: Double = 0, duration: Double? = nil) {
    self.box = box
    self.framesPerSecond = framesPerSecond
    self.colours = colours
    self.start = start
    self.duration = duration
  }

  package static let boxes = 2...1024
  package static let frameRates = 1...50
  package static let palettes = 2...256

  /// - Throws: `MediaError` naming what is out of range.
  package func check() throws(MediaError) {
    func require(_ value: Int, in range: ClosedRange<Int>, _ what: String) throws(MediaError) {
      guard range.contains(value) else {
        throw MediaError(
          .invalidRequest, "a GIF must have \(range.lowerBound) to \(range.upperBound) \(what), found \(value)")
      }
    }
    try require(box, in: Self.boxes, "pixels along its longer side")
    try require(framesPerSecond, in: Self.frameRates, "frames per second")
    try require(colours, in: Self.palettes, "colours")
    guard start >= 0, start.isFinite, duration.map({ $0 > 0 && $0.isFinite }) ?? true else {
      throw MediaError(.invalidRequest, "a GIF must begin at 0 s or later and last longer than 0 s")
    }
  }

  /// The size of the picture: the longer side fills the square, the other follows from the shape, rounded to an even
  /// number; both at least 2.
  ///
  /// - Parameters:
  ///   - width: of the upright picture with square pixels.
  ///   - height: likewise.
  package func size(width: Int, height: Int) -> (width: Int, height: Int) {
    AnimationBox.size(box, width: width, height: height)
  }
}
