package import AudioDecoding
import CLibAV
package import MediaTypes

/// Everything about an output that follows from the input's facts, the target and the preset.
package struct EncodingPlan {
  enum Rate: Equatable {
    /// An encoder's own scale.
    case quality(Double)
    /// Bits per second.
    case constant(Int)
    case lossless
  }

  let target: TranscodeTarget
  let layout: SampleLayout
  let rate: Rate
  /// Significant bits of a sample of a lossless target: 16, 24 or 32.
  let bits: Int
  /// libav's name of the encoder.
  let encoder: String

  package init(_ facts: AudioFacts, target: TranscodeTarget, quality: TranscodeQuality?) throws(MediaError) {
    guard quality == nil || !target.isLossless else {
      throw MediaError(.invalidRequest, "quality is for lossy targets; \(target.rawValue) has none")
    }
    self.target = target
    rate = Self.rate(target, quality)
    encoder = Self.encoder(target)
    let (rateChoice, channels) = try Self.mapped(facts, encoder: encoder)
    // More than 16 bits are kept if they were stored; a lossy codec's float samples are not worth them.
    let precise = facts.isLossless && (facts.bits > 16 || facts.isFloat)
    switch target {
    case .wav:
      bits = !precise ? 16 : facts.isFloat || facts.bits > 24 ? 32 : 24
      let format = bits == 16 ? AV_SAMPLE_FMT_S16 : facts.isFloat ? AV_SAMPLE_FMT_FLT : AV_SAMPLE_FMT_S32
      layout = SampleLayout(format: format, rate: rateChoice, channels: channels)
    case .flac:
      bits = precise ? 24 : 16
      layout = SampleLayout(
        format: precise ? AV_SAMPLE_FMT_S32 : AV_SAMPLE_FMT_S16, rate: rateChoice, channels: channels)
    case .mp3:
      bits = 0
      let format =
        !facts.isLossless || facts.isFloat ? AV_SAMPLE_FMT_FLTP : precise ? AV_SAMPLE_FMT_S32P : AV_SAMPLE_FMT_S16P
      layout = SampleLayout(format: format, rate: rateChoice, channels: channels)
    case .m4a, .ogg:
      bits = 0
      layout = SampleLayout(format: AV_SAMPLE_FMT_FLTP, rate: rateChoice, channels: channels)
    }
  }

  private static func encoder(_ target: TranscodeTarget) -> String {
    switch target {
    case .mp3: "libmp3lame"
    case .m4a: "aac"
    case .wav: "pcm_s16le"
    case .flac: "flac"
    case .ogg: "libvorbis"
    }
  }

  private static func rate(_ target: TranscodeTarget, _ quality: TranscodeQuality?) -> Rate {
    switch (target, quality) {
    case (.mp3, nil): .quality(2)
    case (.mp3, .high): .constant(320_000)
    case (.mp3, .standard): .constant(192_000)
    case (.mp3, .low): .constant(128_000)
    case (.m4a, .high): .constant(256_000)
    case (.m4a, nil), (.m4a, .standard): .constant(192_000)
    case (.m4a, .low): .constant(128_000)
    case (.ogg, nil): .quality(3)
    case (.ogg, .high): .quality(8)
    case (.ogg, .standard): .quality(6)
    case (.ogg, .low): .quality(4)
    case (.wav, _), (.flac, _): .lossless
    }
  }

  /// Rate and channels nearest to the input's among those that the encoder has.
  private static func mapped(
    _ facts: AudioFacts, encoder: String
  ) throws(MediaError) -> (rate: Int, channels: ChannelLayout) {
    guard let codec = avcodec_find_encoder_by_name(encoder) else {
      throw MediaError(.unsupportedCodec, "this installation of libav cannot encode with '\(encoder)'")
    }
    var rates: [Int] = []
    if let list = codec.pointee.supported_samplerates {
      var index = 0
      while list[index] != 0 {
        rates.append(Int(list[index]))
        index += 1
      }
    }
    if encoder == "libvorbis" { rates = facts.sampleRate < 8000 ? [8000] : facts.sampleRate > 192_000 ? [192_000] : [] }
    var layouts: [ChannelLayout] = []
    if let list = codec.pointee.ch_layouts {
      var index = 0
      while list[index].nb_channels != 0 {
        layouts.append(ChannelLayout(list[index]))
        index += 1
      }
    }
    return (
      NearestChoice.rate(facts.sampleRate, among: rates),
      NearestChoice.channels(facts.layout, among: layouts, most: encoder == "pcm_s16le" ? 64 : 8)
    )
  }
}

/// The nearest of what a codec has. Pure.
package enum NearestChoice {
  /// - Parameter rates: samples per second; empty if every rate will do.
  package static func rate(_ rate: Int, among rates: [Int]) -> Int {
    // Of two that are equally near the higher one loses nothing.
    rates.min { (abs($0 - rate), -$0) < (abs($1 - rate), -$1) } ?? rate
  }

  /// - Parameter layouts: empty if every layout of up to `most` channels will do.
  static func channels(_ layout: ChannelLayout, among layouts: [ChannelLayout], most: Int) -> ChannelLayout {
    if layouts.isEmpty { return layout.count <= most ? layout : .usual(most) }
    if layouts.contains(layout) { return layout }
    if let same = layouts.first(where: { $0.count == layout.count }) { return same }
    let fewer = layouts.filter { $0.count < layout.count }.max { $0.count < $1.count }
    return fewer ?? layouts.min { $0.count < $1.count }!
  }
}
