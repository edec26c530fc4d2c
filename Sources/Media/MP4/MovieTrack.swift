/// A track of a file to be: its parts in order, seen as one run of samples.
struct MovieTrack {
  let parts: [TrackPart]
  let samples: [Sample]
  let timeline: TrackTimeline
  let format: TrackFormat
  /// Samples that lie side by side in one part, and in the file.
  let chunks: [Chunk]

  struct Chunk {
    let part: Int
    /// Where the samples are in the part.
    let offset: Int64
    let bytes: Int64
    let samples: Int
    /// When the first of them is decoded, seconds.
    let time: Double
  }

  init(_ parts: [TrackPart]) {
    self.parts = parts
    format = parts[0].format
    samples = parts.flatMap(\.samples)
    timeline = TrackTimeline(samples, cutsSamples: !format.isVideo)
    var found: [Chunk] = []
    let rate = Double(format.timescale)
    let half = Int64(max(1, format.timescale / 2))
    var decoding = timeline.firstDecoding
    var index = 0
    for (number, part) in parts.enumerated() {
      var offset: Int64 = 0
      var begun: (offset: Int64, samples: Int, time: Int64)?
      func close(_ chunk: (offset: Int64, samples: Int, time: Int64)) {
        found.append(
          Chunk(
            part: number, offset: chunk.offset, bytes: offset - chunk.offset, samples: chunk.samples,
            time: Double(chunk.time) / rate))
      }
      for sample in part.samples {
        if let chunk = begun, decoding - chunk.time >= half {
          close(chunk)
          begun = nil
        }
        begun = begun.map { ($0.offset, $0.samples + 1, $0.time) } ?? (offset, 1, decoding)
        offset += Int64(sample.size)
        decoding += Int64(timeline.steps[index])
        index += 1
      }
      if let chunk = begun { close(chunk) }
    }
    chunks = found
  }

  /// Ticks of the track that are presented.
  var presented: Int64 {
    let sound = parts.reduce(Int64(0)) { $0 + $1.soundLength }
    return sound > 0 ? sound : timeline.end - timeline.start
  }
}

extension TrackFormat {
  var isVideo: Bool {
    if case .video = self { true } else { false }
  }
}
