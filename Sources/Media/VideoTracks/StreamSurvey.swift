import Demuxing
import FrameConversion
import CLibAV
package import Core
import LibAV
package import MediaTypes

/// Finds out what a file's streams are and when they begin, from the first pictures and the first sound.
package enum StreamSurvey {
  /// Blocks while reading; belongs on a thread of one's own.
  ///
  /// - Throws: `MediaError` if the file holds neither pictures nor sound; errors of `source` unchanged.
  package static func facts(
    _ source: any ByteSource, limits: MediaLimits = MediaLimits(), cancellation: CancellationFlag = CancellationFlag()
  ) throws -> MediaFacts {
    try facts(SourceFile(source, limits: limits, cancellation: cancellation), limits: limits)
  }

  static func facts(_ file: SourceFile, limits: MediaLimits) throws -> MediaFacts {
    let video = file.streams.contains(where: StreamChoice.isVideo) ? try videoIndex(file, limits) : nil
    let audio = audioIndex(file)
    guard video != nil || audio != nil else {
      throw MediaError(.noVideoStream, "the file has neither a video nor an audio stream that can be decoded")
    }
    let first = try FirstFrames(file, video: video, audio: audio)
    let hasCover = file.streams.contains {
      $0.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO
        && $0.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC != 0
    }
    let facts = MediaFacts(
      container: file.container, size: file.io.source.size, length: max(0, Double(file.raw.pointee.duration) / 1e6),
      video: video.map { VideoStreamFacts(file, index: $0, first: first.picture) },
      audio: audio.map { AudioStreamFacts(file, index: $0, first: first.sound) }, hasCoverArt: hasCover)
    guard facts.length <= limits.maximumLength else {
      throw MediaError(
        .tooLarge, "the file claims to last \(facts.length) s; at most \(limits.maximumLength) s are processed")
    }
    return facts
  }

  private static func videoIndex(_ file: SourceFile, _ limits: MediaLimits) throws -> Int {
    try StreamChoice.videoStream(of: file.raw, format: file.format, tracks: file.tracks, limits: limits)
  }

  /// One that is switched on before others, then the default one, the one with more channels, the first; only what can be
  /// decoded.
  private static func audioIndex(_ file: SourceFile) -> Int? {
    var best: (rank: (Int, Int, Int), index: Int)?
    for (index, stream) in file.streams.enumerated() {
      let parameters = stream.pointee.codecpar.pointee
      guard parameters.codec_type == AVMEDIA_TYPE_AUDIO, parameters.sample_rate > 0,
        parameters.ch_layout.nb_channels > 0, avcodec_find_decoder(parameters.codec_id) != nil
      else { continue }
      let isDefault = stream.pointee.disposition & AV_DISPOSITION_DEFAULT != 0
      let isOn = file.tracks.facts(of: index, in: file.raw).isForShowing
      let rank = (isOn ? 1 : 0, isDefault ? 1 : 0, Int(parameters.ch_layout.nb_channels))
      if best == nil || rank > best!.rank { best = (rank, index) }
    }
    return best?.index
  }
}

/// The first picture and the first sound as the decoders put them out.
private struct FirstFrames {
  private(set) var picture: Frame?
  private(set) var sound: Frame?

  /// Packets that are read at most.
  private static let limit = 6000

  init(_ file: SourceFile, video: Int?, audio: Int?) throws {
    try file.select([video, audio].compactMap(\.self))
    let decoders = try [video, audio].map {
      try $0.map { try StreamDecoder(file.streams[$0], crop: file.picture($0).crop, threads: 1) }
    }
    let packet = try Packet()
    var read = 0
    func take(_ kind: Int) throws {
      guard let decoder = decoders[kind], (kind == 0 ? picture : sound) == nil else { return }
      let frame = try Frame()
      guard case .frame = try decoder.receive(into: frame) else { return }
      if kind == 0 { picture = frame } else { sound = frame }
    }
    var isMissing: Bool { video != nil && picture == nil || audio != nil && sound == nil }
    while isMissing, read < Self.limit, try file.read(into: packet) {
      read += 1
      let kind = Int(packet.raw.pointee.stream_index) == video ? 0 : 1
      guard (kind == 0 ? picture : sound) == nil, let decoder = decoders[kind] else { continue }
      try decoder.send(packet)
      try take(kind)
    }
    for kind in 0..<2 where (kind == 0 ? picture : sound) == nil {
      try decoders[kind]?.send(nil)
      try take(kind)
    }
    if video != nil, picture == nil {
      throw MediaError(.decodeFailed, "not a single picture of the video could be decoded")
    }
  }
}

extension Fraction {
  init(_ rational: AVRational) { self.init(Int(rational.num), Int(rational.den)) }
  var rational: AVRational { AVRational(num: Int32(clamping: numerator), den: Int32(clamping: denominator)) }
}

extension VideoStreamFacts {
  fileprivate init(_ file: SourceFile, index: Int, first: Frame?) {
    let stream = file.streams[index].pointee
    let parameters = stream.codecpar.pointee
    let format = AVPixelFormat(first?.raw.pointee.format ?? parameters.format)
    let description = av_pix_fmt_desc_get(format)?.pointee
    let picture = file.picture(index)
    let geometry = first.map(picture.geometry(of:)) ?? picture.geometry
    let (aspect, orientation) = (picture.aspect, geometry.orientation)
    var compatibility: Int32 = 0
    let dolbyVision = zt_dolby_vision_profile(file.streams[index], &compatibility)
    let average =
      stream.avg_frame_rate.num > 0 && stream.avg_frame_rate.den > 0 ? stream.avg_frame_rate : stream.r_frame_rate
    let order = parameters.field_order
    func number(_ stated: UInt32, _ other: UInt32) -> Int { Int(stated == 2 ? other : stated) }
    let raw = first?.raw.pointee
    let isJ = [AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUVJ411P]
      .contains(format)
    self.init(
      index: index, codec: String(cString: avcodec_get_name(parameters.codec_id)),
      pixelFormat: av_get_pix_fmt_name(format).map { String(cString: $0) } ?? "",
      depth: Int(description?.comp.0.depth ?? 0),
      isQuarterChroma: description.map {
        $0.log2_chroma_w == 1 && $0.log2_chroma_h == 1 && $0.nb_components == 3
          && $0.flags & UInt64(AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_ALPHA) == 0
      } ?? false,
      codedWidth: geometry.codedWidth, codedHeight: geometry.codedHeight, width: geometry.stillWidth,
      height: geometry.stillHeight,
      sampleAspect: aspect.num > 0 && aspect.den > 0 ? Fraction(aspect) : Fraction(1, 1),
      rotation: orientation.rotation, isMirrored: orientation.isMirrored,
      primaries: number(raw?.color_primaries.rawValue ?? 2, parameters.color_primaries.rawValue),
      transfer: number(raw?.color_trc.rawValue ?? 2, parameters.color_trc.rawValue),
      matrix: number(raw?.colorspace.rawValue ?? 2, parameters.color_space.rawValue),
      isFullRange: isJ || raw?.color_range == AVCOL_RANGE_JPEG,
      isInterlaced: [AV_FIELD_TT, AV_FIELD_BB, AV_FIELD_TB, AV_FIELD_BT].contains(order)
        || raw.map { $0.interlaced_frame != 0 } ?? false,
      frameRate: average.den > 0 ? Fraction(average) : Fraction(0, 1), timeBase: Fraction(stream.time_base),
      start: first?.time, dolbyVisionProfile: dolbyVision >= 0 ? Int(dolbyVision) : nil,
      isDolbyVisionOnly: dolbyVision >= 0 && compatibility == 0,
      isReframed: picture.crop != nil || orientation != picture.geometry.orientation,
      canBeCopied: parameters.codec_id == AV_CODEC_ID_H264 && parameters.extradata_size > 6 && file.hasExactTimes)
  }
}

extension AudioStreamFacts {
  fileprivate init(_ file: SourceFile, index: Int, first: Frame?) {
    let stream = file.streams[index].pointee
    let parameters = stream.codecpar.pointee
    self.init(
      index: index, codec: String(cString: avcodec_get_name(parameters.codec_id)),
      sampleRate: Int(first?.raw.pointee.sample_rate ?? parameters.sample_rate),
      channels: Int(first?.raw.pointee.ch_layout.nb_channels ?? parameters.ch_layout.nb_channels),
      timeBase: Fraction(stream.time_base), start: first?.time,
      canBeCopied: parameters.codec_id == AV_CODEC_ID_AAC && parameters.profile == FF_PROFILE_AAC_LOW
        && parameters.ch_layout.nb_channels <= 2 && file.hasExactTimes)
  }
}

extension SourceFile {
  /// Packets carry presentation times, and a seek finds the same ones as reading from the start does.
  package var hasExactTimes: Bool {
    isMOV || isMatroska || formatName == "mpegts" || formatName == "flv"
  }
}
