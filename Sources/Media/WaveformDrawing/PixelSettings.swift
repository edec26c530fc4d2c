import MediaTypes

/// What a waveform in the formats of BBC's audiowaveform looks like.
package struct PixelSettings: Sendable, Equatable {
  package enum Scale: Sendable, Equatable {
    /// Samples per pixel, at least 2.
    case samplesPerPixel(Int)
    /// Pixels per second, at least 1.
    case pixelsPerSecond(Int)
  }

  package enum Amplitude: Sendable, Equatable {
    /// Values are multiplied, and limited to what 16 bits hold.
    case factor(Double)
    /// The largest value becomes full scale.
    case automatic
  }

  /// Default 256 samples per pixel.
  package var scale = Scale.samplesPerPixel(256)
  /// 8 or 16.
  package var bits = 16
  package var splitsChannels = false
  package var amplitude = Amplitude.factor(1)

  package init() {}

  /// - Throws: `MediaError` `InvalidRequest` if a pixel would have fewer than two samples.
  func samplesPerPixel(rate: Int) throws(MediaError) -> Int {
    let samples =
      switch scale {
      case .samplesPerPixel(let samples): samples
      case .pixelsPerSecond(let pixels): pixels > 0 ? rate / pixels : 0
      }
    guard samples >= 2 else {
      throw MediaError(.invalidRequest, "a pixel must have at least 2 samples of audio, found \(samples)")
    }
    return samples
  }
}
