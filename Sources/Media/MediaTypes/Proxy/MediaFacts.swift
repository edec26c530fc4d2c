/// What is known of a file's streams without decoding them: what decides how it is played, and what a proxy takes.
package struct MediaFacts: Sendable, Codable, Equatable {
  /// The demuxer's short name, such as `mov,mp4,m4a,3gp,3g2,mj2`; `webm` for WebM.
  package var container: String
  /// Bytes of the file.
  package var size: Int64
  /// Seconds from the presentation's start to its end as the container states them; 0 if it does not.
  package var length: Double
  /// The stream that is shown; `nil` if there is none.
  package var video: VideoStreamFacts?
  /// The stream that is heard; `nil` if there is none that can be decoded.
  package var audio: AudioStreamFacts?
  /// A picture that belongs to the file, such as an album's cover.
  package var hasCoverArt: Bool

  package init(
    container: String, size: Int64, length: Double, video: VideoStreamFacts?, audio: AudioStreamFacts?,
    hasCoverArt: Bool = false
  ) {
    self.container = container
    self.size = size
    self.length = length
    self.video = video
    self.audio = audio
    self.hasCoverArt = hasCoverArt
  }

  /// When presentation begins, ticks of the video: with its first picture, or with the first sound if that is earlier;
  /// `nil` without a video.
  package var origin: Int64? {
    guard let video else { return nil }
    let first = video.start ?? 0
    guard let audio, let sound = audio.start, video.timeBase.value > 0 else { return first }
    return min(first, Int64((Double(sound) * audio.timeBase.value / video.timeBase.value).rounded(.down)))
  }

  /// MP4 or QuickTime.
  package var isMOV: Bool { container.hasPrefix("mov,") }
  package var isWebM: Bool { container == "webm" }
}

/// One stream of pictures.
package struct VideoStreamFacts: Sendable, Codable, Equatable {
  /// In the container, from 0.
  package var index: Int
  /// libavcodec's short name, such as `h264`.
  package var codec: String
  /// libavutil's name, such as `yuv420p10le`; empty if unknown.
  package var pixelFormat: String
  /// Bits of a sample; 0 if unknown.
  package var depth: Int
  /// Chroma has half the rows and half the columns.
  package var isQuarterChroma: Bool
  /// Pixels as coded.
  package var codedWidth: Int
  package var codedHeight: Int
  /// Pixels of the picture upright and with square pixels.
  package var width: Int
  package var height: Int
  /// The pixels' shape, width to height; 1:1 if it is not stated.
  package var sampleAspect: Fraction
  /// Degrees clockwise: 0, 90, 180 or 270.
  package var rotation: Int
  package var isMirrored: Bool
  /// ITU-T H.273 numbers; 2 if not stated.
  package var primaries: Int
  package var transfer: Int
  package var matrix: Int
  package var isFullRange: Bool
  package var isInterlaced: Bool
  /// Pictures per second on average; 0/1 if unknown.
  package var frameRate: Fraction
  /// Seconds per tick of the stream's times.
  package var timeBase: Fraction
  /// When the stream starts, ticks of `timeBase`; `nil` if it has no times.
  package var start: Int64?
  /// `nil` if the stream is not Dolby Vision.
  package var dolbyVisionProfile: Int?
  /// Dolby Vision whose colours mean nothing to other decoders, such as profile 5.
  package var isDolbyVisionOnly: Bool
  /// The container cuts off a part of the pictures, or only what is coded in them says how they are turned: browsers
  /// follow neither. `nil` counts as `false`.
  package var isReframed: Bool?
  /// The packets of this stream can be put into an MP4 file as they are.
  package var canBeCopied: Bool

  package init(
    index: Int, codec: String, pixelFormat: String, depth: Int, isQuarterChroma: Bool, codedWidth: Int,
    codedHeight: Int, width: Int, height: Int, sampleAspect: Fraction = Fraction(1, 1), rotation: Int = 0,
    isMirrored: Bool = false, primaries: Int = 2, transfer: Int = 2, matrix: Int = 2, isFullRange: Bool = false,
    isInterlaced: Bool = false, frameRate: Fraction, timeBase: Fraction, start: Int64?,
    dolbyVisionProfile: Int? = nil, isDolbyVisionOnly: Bool = false, isReframed: Bool = false,
    canBeCopied: Bool = false
  ) {
    self.index = index
    self.codec = codec
    self.pixelFormat = pixelFormat
    self.depth = depth
    self.isQuarterChroma = isQuarterChroma
    self.codedWidth = codedWidth
    self.codedHeight = codedHeight
    self.width = width
    self.height = height
    self.sampleAspect = sampleAspect
    self.rotation = rotation
    self.isMirrored = isMirrored
    self.primaries = primaries
    self.transfer = transfer
    self.matrix = matrix
    self.isFullRange = isFullRange
    self.isInterlaced = isInterlaced
    self.frameRate = frameRate
    self.timeBase = timeBase
    self.start = start
    self.dolbyVisionProfile = dolbyVisionProfile
    self.isDolbyVisionOnly = isDolbyVisionOnly
    self.isReframed = isReframed ? true : nil
    self.canBeCopied = canBeCopied
  }

  /// PQ (16) or HLG (18).
  package var isHDR: Bool { transfer == 16 || transfer == 18 }
  /// Red, green and blue, with or without a palette, instead of brightness and colour.
  package var isRGB: Bool {
    ["rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "pal8"].contains(where: pixelFormat.hasPrefix)
  }
  package var isUpright: Bool { rotation == 0 && !isMirrored }
  package var isSquare: Bool { width * height == codedWidth * codedHeight }
  /// 8-bit 4:2:0 for screens that are not HDR: what every decoder of a browser shows.
  package var isPlain: Bool { depth == 8 && isQuarterChroma && !isHDR && dolbyVisionProfile == nil }
}

/// One stream of sound.
package struct AudioStreamFacts: Sendable, Codable, Equatable {
  /// In the container, from 0.
  package var index: Int
  /// libavcodec's short name, such as `aac`.
  package var codec: String
  /// Samples per second.
  package var sampleRate: Int
  package var channels: Int
  /// Seconds per tick of the stream's times.
  package var timeBase: Fraction
  /// When the stream starts, ticks of `timeBase`; `nil` if it has no times.
  package var start: Int64?
  /// The packets of this stream can be put into an MP4 file as they are.
  package var canBeCopied: Bool

  package init(
    index: Int, codec: String, sampleRate: Int, channels: Int, timeBase: Fraction, start: Int64?,
    canBeCopied: Bool = false
  ) {
    self.index = index
    self.codec = codec
    self.sampleRate = sampleRate
    self.channels = channels
    self.timeBase = timeBase
    self.start = start
    self.canBeCopied = canBeCopied
  }
}

/// A numerator and a denominator as a container states them, not reduced.
package struct Fraction: Sendable, Codable, Equatable {
  package var numerator: Int
  package var denominator: Int

  package init(_ numerator: Int, _ denominator: Int) {
    self.numerator = numerator
    self.denominator = denominator
  }

  /// 0 if the denominator is.
  package var value: Double { denominator == 0 ? 0 : Double(numerator) / Double(denominator) }
}
