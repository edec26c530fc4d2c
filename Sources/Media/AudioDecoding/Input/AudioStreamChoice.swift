package import CLibAV
package import MediaTypes

/// Which of a container's streams is the audio.
package enum AudioStreamChoice {
  /// Cover art is read while the file is analysed; moving pictures are not.
  package static func isRead(_ stream: UnsafeMutablePointer<AVStream>) -> Bool {
    switch stream.pointee.codecpar.pointee.codec_type {
    case AVMEDIA_TYPE_AUDIO, AVMEDIA_TYPE_UNKNOWN: true
    case AVMEDIA_TYPE_VIDEO: isCover(stream)
    default: false
    }
  }

  package static func isCover(_ stream: UnsafeMutablePointer<AVStream>) -> Bool {
    stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC != 0
  }

  /// One that can be decoded before one that cannot, the default before others, more channels before fewer, the first
  /// before later ones.
  package static func best(of context: UnsafeMutablePointer<AVFormatContext>) throws(MediaError) -> Int {
    var best: (rank: (Int, Int, Int), index: Int)?
    var others: [String] = []
    for index in 0..<Int(context.pointee.nb_streams) {
      let stream = context.pointee.streams[index]!
      let parameters = stream.pointee.codecpar.pointee
      guard parameters.codec_type == AVMEDIA_TYPE_AUDIO else {
        if parameters.codec_id != AV_CODEC_ID_NONE {
          others.append(String(cString: avcodec_get_name(parameters.codec_id)))
        }
        continue
      }
      let isUsable = avcodec_find_decoder(parameters.codec_id) != nil && parameters.sample_rate > 0
      let isDefault = stream.pointee.disposition & AV_DISPOSITION_DEFAULT != 0
      let rank = (isUsable ? 1 : 0, isDefault ? 1 : 0, Int(parameters.ch_layout.nb_channels))
      if best == nil || rank > best!.rank { best = (rank, index) }
    }
    guard let best else {
      let held = others.isEmpty ? "" : ": it holds \(others.joined(separator: ", "))"
      throw MediaError(.noAudioStream, "the file has no audio stream\(held)")
    }
    guard best.rank.0 == 1 else {
      let parameters = context.pointee.streams[best.index]!.pointee.codecpar.pointee
      let name =
        parameters.codec_id == AV_CODEC_ID_NONE ? "unknown" : String(cString: avcodec_get_name(parameters.codec_id))
      throw MediaError(.unsupportedCodec, "the audio's codec '\(name)' cannot be decoded here")
    }
    return best.index
  }
}
