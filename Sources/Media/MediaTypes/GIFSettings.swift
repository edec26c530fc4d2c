/// How the animated GIF of a clip looks. The defaults are the contract's.
package struct GIFSettings: Sendable, Codable, Equatable {
  /// How pictures are brought to the palette; the names are those of FFmpeg's `paletteuse`.
  package enum Dither: String, Sendable, Codable, CaseIterable {
    /// Error diffusion by the filter "Sierra Lite": the most faithful.
    case sierra2_4a
    /// An ordered pattern: steadier in time and smaller, the pattern can be seen.
    case bayer
    /// Every pixel takes the nearest colour: the smallest, with bands in gradients.
    case none
  }

  /// Pixels; the height follows from the display aspect. 16 ... 1024, default 240.
  package var width: Int
  /// Frames per second. A GIF counts in 1/100 s, so values that divide 100 play evenly. 1 ... 50, default 10.
  package var framesPerSecond: Int
  /// Entries of the palette, one of which stands for "as before". 4 ... 256, default 256.
  package var colours: Int
  package var dither: Dither
  /// Bytes that the file must not exceed, at least 16384: it is reduced, as little as possible, until it fits. Default
  /// `nil`, any size.
  package var maximumBytes: Int?

  package init(
    width: Int = 240, framesPerSecond: Int = 10, colours: Int = 256, dither: Dither = .sierra2_4a,
    maximumBytes: Int? = nil
  ) {
    self.width = width
    self.framesPerSecond = framesPerSecond
    self.colours = colours
    self.dither = dither
    self.maximumBytes = maximumBytes
  }

  package static let widths = 16...1024
  package static let frameRates = 1...50
  package static let palettes = 4...256
  package static let budgets = 16384...1_000_000_000

  /// - Throws: `MediaError` naming what is out of range.
  package func check() throws(MediaError) {
    func require(_ value: Int, in range: ClosedRange<Int>, _ what: String) throws(MediaError) {
      guard range.contains(value) else {
        throw MediaError(
          .invalidRequest, "a GIF must have \(range.lowerBound) to \(range.upperBound) \(what), found \(value)")
      }
    }
    try require(width, in: Self.widths, "pixels of width")
    try require(framesPerSecond, in: Self.frameRates, "frames per second")
    try require(colours, in: Self.palettes, "colours")
    if let maximumBytes { try require(maximumBytes, in: Self.budgets, "bytes at most") }
  }
}

/// What a GIF became to fit its `maximumBytes`.
package struct GIFReduction: Sendable, Codable, Equatable {
  /// Pixels.
  package var width: Int
  package var height: Int
  /// Every how many-th frame was kept; the others' time was added to it.
  package var frameStep: Int
  package var colours: Int
  package var dither: GIFSettings.Dither

  /// Spelled as the parameter that asks for it.
  private enum CodingKeys: String, CodingKey {
    case width, height, frameStep, dither
    case colours = "colors"
  }

  package init(width: Int, height: Int, frameStep: Int, colours: Int, dither: GIFSettings.Dither) {
    self.width = width
    self.height = height
    self.frameStep = frameStep
    self.colours = colours
    self.dither = dither
  }
}
