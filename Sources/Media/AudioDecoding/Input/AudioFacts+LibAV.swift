package import CLibAV

extension AudioFacts {
  package init(
    _ context: UnsafeMutablePointer<AVFormatContext>, stream: UnsafeMutablePointer<AVStream>, fileSize: Int64
  ) {
    let parameters = stream.pointee.codecpar.pointee
    let descriptor = avcodec_descriptor_get(parameters.codec_id)
    let properties = descriptor?.pointee.props ?? 0
    let name = String(cString: avcodec_get_name(parameters.codec_id))
    container = String(cString: context.pointee.iformat.pointee.name)
    codec = name
    sampleRate = Int(parameters.sample_rate)
    channels = Int(parameters.ch_layout.nb_channels)
    channelMask = ChannelLayout(parameters.ch_layout).mask
    isFloat = name.hasPrefix("pcm_f")
    let isLossless = properties & AV_CODEC_PROP_LOSSLESS != 0 && properties & AV_CODEC_PROP_LOSSY == 0
    if isLossless || name.hasPrefix("pcm_") && name != "pcm_alaw" && name != "pcm_mulaw" {
      let stated = max(Int(parameters.bits_per_raw_sample), Int(av_get_bits_per_sample(parameters.codec_id)))
      let byFormat = Int(av_get_bytes_per_sample(AVSampleFormat(parameters.format))) * 8
      bits = stated > 0 ? stated : max(16, byFormat)
    } else {
      bits = 0
    }
    let base = stream.pointee.time_base
    let length = stream.pointee.duration
    samples = nil
    if length != zt_no_timestamp, length > 0, base.num == 1, Int(base.den) == sampleRate,
      Self.statesItsLength.contains(String(container.prefix { $0 != "," }))
    {
      // A header that promises more than the file holds was written by a recorder that was cut off.
      let smallest = name.hasPrefix("pcm_") ? length * Int64(max(1, parameters.block_align)) : 0
      // Ogg counts what an Opus decoder drops at the start.
      let dropped = name == "opus" ? Int64(max(0, parameters.initial_padding)) : 0
      if smallest <= fileSize, length > dropped { samples = length - dropped }
    }
    if length != zt_no_timestamp, length > 0 {
      estimatedSeconds = Double(length) * Double(base.num) / Double(max(1, base.den))
    } else if context.pointee.duration > 0 {
      estimatedSeconds = Double(context.pointee.duration) / Double(AV_TIME_BASE)
    } else {
      estimatedSeconds = nil
    }
  }

  /// Containers whose header gives the number of samples.
  private static let statesItsLength: Set<String> = [
    "wav", "w64", "aiff", "au", "caf", "flac", "tta", "wv", "ape", "tak", "mov", "ogg",
  ]
}
