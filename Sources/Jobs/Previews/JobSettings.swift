import Encodings
import Checksums
package import MediaTypes
package import Core

/// What is made of every video. The same for all functions of a deployment, to each of which the template gives these variables,
/// since a job is one source version rendered with one set of settings.
package struct JobSettings: Sendable, Codable, Equatable {
  /// Seconds per clip, 1 ... 600; default 30.
  package var snippetSize: Int
  /// Stills in `nil` are not made.
  package var stills: StillSettings?
  package var gif: GIFSettings
  package var mode: RenderMode
  /// No storyboard is made in `nil`, and none without stills.
  package var storyboard: StoryboardSettings?

  package init(
    snippetSize: Int = 30, stills: StillSettings? = StillSettings(), gif: GIFSettings = GIFSettings(),
    mode: RenderMode = .exact, storyboard: StoryboardSettings? = nil
  ) {
    self.snippetSize = snippetSize
    self.stills = stills
    self.gif = gif
    self.mode = mode
    self.storyboard = storyboard
  }

  /// The variables that `init(environment:)` reads.
  package static let names = [
    "SnippetSize", "GenerateFrames", "RenderMode", "GifWidth", "GifFrameRate", "GifColors", "GifDither", "GifMaxBytes",
    "JpegQuality", "JpegWidth", "Storyboard", "StoryboardTileWidth", "StoryboardColumns", "StoryboardInterval",
  ]

  /// Reads the template's parameters; `SnippetSize` and `GenerateFrames` are named as in the reference system.
  package init(environment: inout EnvironmentReader) {
    let gif = GIFSettings()
    let stills = StillSettings(
      quality: environment.int("JpegQuality", default: StillSettings().quality, in: StillSettings.qualities),
      maximumWidth: environment.limit("JpegWidth", in: StillSettings.widths))
    self.init(
      snippetSize: environment.int("SnippetSize", default: 30, in: 1...600),
      stills: environment.bool("GenerateFrames", default: true) ? stills : nil,
      gif: GIFSettings(
        width: environment.int("GifWidth", default: gif.width, in: GIFSettings.widths),
        framesPerSecond: environment.int("GifFrameRate", default: gif.framesPerSecond, in: GIFSettings.frameRates),
        colours: environment.int("GifColors", default: gif.colours, in: GIFSettings.palettes),
        dither: environment.oneOf("GifDither", default: gif.dither),
        maximumBytes: environment.limit("GifMaxBytes", in: GIFSettings.budgets)),
      mode: environment.oneOf("RenderMode", default: .exact),
      storyboard: StoryboardSettings(environment: &environment))
  }

  /// The tiles that clips are rendered with; `nil` if no storyboard follows.
  package var tiles: TileSettings? { stills == nil ? nil : storyboard?.tiles }

  /// Eight hexadecimal digits that differ where the settings differ.
  package var fingerprint: String {
    // Encoding a struct of numbers, strings and booleans cannot fail.
    let json = (try? JSON.encode(self)) ?? []
    return Digest.sha256(json).prefix(4).hexString
  }
}

extension StoryboardSettings {
  /// - Returns: `nil` where `Storyboard` is false.
  fileprivate init?(environment: inout EnvironmentReader) {
    let defaults = StoryboardSettings()
    let isWanted = environment.bool("Storyboard", default: true)
    self.init(
      tileWidth: environment.int("StoryboardTileWidth", default: defaults.tileWidth, in: Self.tileWidths),
      columns: environment.int("StoryboardColumns", default: defaults.columns, in: Self.columnCounts),
      interval: environment.int("StoryboardInterval", default: defaults.interval, in: Self.intervals))
    if !isWanted { return nil }
  }
}
