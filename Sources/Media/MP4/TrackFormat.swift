/// What a decoder must know of a track before its first sample, and how long a tick is.
package enum TrackFormat: Sendable, Equatable, Codable {
  case video(VideoFormat)
  case audio(AudioFormat)

  /// Ticks per second of the track's times.
  package var timescale: Int {
    switch self {
    case .video(let format): format.timescale
    case .audio(let format): format.sampleRate
    }
  }
}

/// H.264 pictures.
package struct VideoFormat: Sendable, Equatable, Codable {
  /// Pixels.
  package var width: Int
  package var height: Int
  /// Ticks per second.
  package var timescale: Int
  /// The AVC decoder configuration record (ISO/IEC 14496-15 §5.3.3.1).
  package var configuration: [UInt8]
  /// ITU-T H.273 numbers; `nil` if the pictures do not say what their colours are.
  package var colour: Colour?

  package struct Colour: Sendable, Equatable, Codable {
    package var primaries: Int
    package var transfer: Int
    package var matrix: Int
    package var isFullRange: Bool

    package init(primaries: Int, transfer: Int, matrix: Int, isFullRange: Bool) {
      self.primaries = primaries
      self.transfer = transfer
      self.matrix = matrix
      self.isFullRange = isFullRange
    }
  }

  package init(width: Int, height: Int, timescale: Int, configuration: [UInt8], colour: Colour? = nil) {
    self.width = width
    self.height = height
    self.timescale = timescale
    self.configuration = configuration
    self.colour = colour
  }
}

/// AAC sound. Its ticks are samples.
package struct AudioFormat: Sendable, Equatable, Codable {
  /// Samples per second.
  package var sampleRate: Int
  package var channels: Int
  /// The AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1).
  package var configuration: [UInt8]
  /// Bits per second on average; 0 if unknown.
  package var bitRate: Int

  package init(sampleRate: Int, channels: Int, configuration: [UInt8], bitRate: Int = 0) {
    self.sampleRate = sampleRate
    self.channels = channels
    self.configuration = configuration
    self.bitRate = bitRate
  }
}
