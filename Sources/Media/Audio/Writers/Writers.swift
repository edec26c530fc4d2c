import AudioDecoding

/// The writer of each format.
enum Writers {
  static func make(
    _ encoder: AudioEncoder, tags: AudioTags, samples: Int64?, sink: any AudioSink
  ) throws -> any AudioWriter {
    switch encoder.plan.target {
    case .mp3: try MP3Writer(encoder, tags: tags, samples: samples, sink: sink)
    case .flac: try FLACWriter.make(encoder, tags: tags, samples: samples, sink: sink)
    case .ogg:
      try LibAVWriter(format: "ogg", encoder: encoder, tags: tags, sink: sink, isPatched: false)
    case .m4a, .wav:
      try LibAVWriter(
        format: "ipod", encoder: encoder, tags: tags,
        options: [("movie_timescale", String(encoder.plan.layout.rate))], sink: sink, isPatched: true)
    }
  }
}
