package import CLibAV
package import MediaTypes

/// Which of a container's streams is the video.
package enum StreamChoice {
  /// Moving pictures only: cover art and thumbnails are images that happen to be stored as streams.
  package static func isVideo(_ stream: UnsafeMutablePointer<AVStream>) -> Bool {
    stream.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO
      && stream.pointee.disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS) == 0
  }

  /// Whether the header alone says all that seeking and decoding need.
  static func headerSuffices(_ context: UnsafeMutablePointer<AVFormatContext>, format: ContainerFormat) -> Bool {
    guard format.isMOV || format.isMatroska else { return false }
    var videos = 0
    for index in 0..<Int(context.pointee.nb_streams) {
      let stream = context.pointee.streams[index]!
      guard isVideo(stream) else { continue }
      videos += 1
      let parameters = stream.pointee.codecpar.pointee
      if parameters.codec_id == AV_CODEC_ID_NONE || parameters.width <= 0 || parameters.height <= 0 { return false }
    }
    return videos > 0
  }

  /// A picture that accompanies a video, stored as if it were one.
  private static func isLoneImage(_ stream: UnsafeMutablePointer<AVStream>) -> Bool {
    let images = [
      AV_CODEC_ID_MJPEG, AV_CODEC_ID_PNG, AV_CODEC_ID_BMP, AV_CODEC_ID_WEBP, AV_CODEC_ID_TIFF, AV_CODEC_ID_GIF,
    ]
    guard images.contains(stream.pointee.codecpar.pointee.codec_id) else { return false }
    return stream.pointee.nb_frames == 1 || avformat_index_get_entries_count(stream) == 1
  }

  /// The index of the stream to show: one that can be decoded before one that cannot, moving pictures before an image, one
  /// that is made for showing before auxiliary and disabled ones, the default before others, the larger before the
  /// smaller, the first before later ones.
  package static func videoStream(
    of context: UnsafeMutablePointer<AVFormatContext>, format: ContainerFormat, tracks: Tracks, limits: MediaLimits
  ) throws(MediaError) -> Int {
    var best: (rank: (Int, Int, Int, Int, Int), index: Int)?
    var others: [String] = []
    var hasCover = false
    for index in 0..<Int(context.pointee.nb_streams) {
      let stream = context.pointee.streams[index]!
      let parameters = stream.pointee.codecpar.pointee
      guard isVideo(stream) else {
        if parameters.codec_type == AVMEDIA_TYPE_VIDEO {
          hasCover = true
        } else if parameters.codec_id != AV_CODEC_ID_NONE {
          others.append(String(cString: avcodec_get_name(parameters.codec_id)))
        }
        continue
      }
      let rank = (
        avcodec_find_decoder(parameters.codec_id) == nil ? 0 : 1,
        isLoneImage(stream) ? 0 : 1,
        tracks.facts(of: index, in: context).isForShowing ? 1 : 0,
        stream.pointee.disposition & AV_DISPOSITION_DEFAULT == 0 ? 0 : 1,
        Int(parameters.width) * Int(parameters.height)
      )
      if best == nil || rank > best!.rank { best = (rank, index) }
    }
    guard let best else {
      let held = others.isEmpty ? "no stream that can be shown" : others.joined(separator: ", ")
      throw MediaError(
        .noVideoStream, "the file has no video stream: it holds \(held)\(hasCover ? " and cover art" : "")")
    }
    let parameters = context.pointee.streams[best.index]!.pointee.codecpar.pointee
    if parameters.codec_tag == fourCC("encv") {
      throw MediaError(.encrypted, "the video is encrypted")
    }
    if best.rank.0 == 0 {
      let name =
        parameters.codec_id == AV_CODEC_ID_NONE
        ? "of an unknown kind (tag '\(tagText(parameters.codec_tag))')"
        : "'\(String(cString: avcodec_get_name(parameters.codec_id)))'"
      throw MediaError(.unsupportedCodec, "the video's codec \(name) cannot be decoded here")
    }
    if zt_has_dolby_colours(context.pointee.streams[best.index]!) != 0 { throw dolbyVision }
    try check(width: Int(parameters.width), height: Int(parameters.height), limits: limits)
    if isAnimation(parameters) {
      try checkAnimation(width: Int(parameters.width), height: Int(parameters.height), limits: limits)
    }
    return best.index
  }

  package static func isAnimation(_ parameters: AVCodecParameters) -> Bool {
    [AV_CODEC_ID_GIF, AV_CODEC_ID_APNG, AV_CODEC_ID_WEBP].contains(parameters.codec_id)
  }

  /// - Throws: `MediaTooLarge`.
  static func checkAnimation(width: Int, height: Int, limits: MediaLimits) throws(MediaError) {
    if width * height > limits.maximumAnimationArea {
      throw MediaError(
        .tooLarge,
        "the animation's pictures of \(width)x\(height) pixels are larger than the limit of "
          + "\(limits.maximumAnimationArea) pixels in all")
    }
  }

  package static var dolbyVision: MediaError {
    MediaError(
      .unsupportedCodec,
      "the video is in Dolby Vision's own colours (profile 5), which cannot be converted here; export it as HDR10, HLG or "
        + "SDR")
  }

  /// - Throws: `MediaTooLarge`.
  package static func check(width: Int, height: Int, limits: MediaLimits) throws(MediaError) {
    if width > limits.maximumSide || height > limits.maximumSide || width * height > limits.maximumArea {
      throw MediaError(
        .tooLarge,
        "the video's pictures of \(width)x\(height) pixels are larger than the limit of \(limits.maximumSide) pixels "
          + "along a side and \(limits.maximumArea) in all")
    }
  }

  private static func fourCC(_ text: StaticString) -> UInt32 {
    text.withUTF8Buffer { UInt32($0[0]) | UInt32($0[1]) << 8 | UInt32($0[2]) << 16 | UInt32($0[3]) << 24 }
  }

  private static func tagText(_ tag: UInt32) -> String {
    String(
      decoding: (0..<4).map { UInt8(truncatingIfNeeded: tag >> ($0 * 8)) }.filter { (0x20..<0x7f).contains($0) },
      as: UTF8.self)
  }
}
