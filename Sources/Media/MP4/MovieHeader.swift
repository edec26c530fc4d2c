/// The `moov` box of a file with one video track and at most one sound track.
struct MovieHeader {
  let tracks: [MovieTrack]
  /// Ticks per second of the whole: the first track's, so that its edit list is exact.
  private var timescale: Int { tracks[0].format.timescale }

  /// - Parameter chunkOffsets: of each track, from the file's first byte.
  func bytes(chunkOffsets: [[Int64]]) -> [UInt8] {
    var writer = BoxWriter()
    writer.box("moov") { moov in
      moov.fullBox("mvhd", version: 1) { box in
        box.zeros(16)
        box.number(UInt32(timescale))
        box.number(tracks.map(length).max() ?? 0)
        box.number(UInt32(0x0001_0000))
        box.number(UInt16(0x0100))
        box.zeros(10)
        box.matrix()
        box.zeros(24)
        box.number(UInt32(tracks.count + 1))
      }
      for (index, track) in tracks.enumerated() {
        write(track, number: index + 1, offsets: chunkOffsets[index], to: &moov)
      }
    }
    return writer.bytes
  }

  /// Ticks of the whole from its start to the track's end.
  private func length(_ track: MovieTrack) -> Int64 {
    scaled(track.timeline.start, of: track) + scaled(track.presented, of: track)
  }

  private func scaled(_ ticks: Int64, of track: MovieTrack) -> Int64 {
    let rate = Int64(track.format.timescale)
    let (whole, rest) = ticks.quotientAndRemainder(dividingBy: rate)
    return whole * Int64(timescale) + (2 * rest * Int64(timescale) + rate) / (2 * rate)
  }

  private func write(_ track: MovieTrack, number: Int, offsets: [Int64], to moov: inout BoxWriter) {
    moov.box("trak") { trak in
      // Enabled, in the movie.
      trak.fullBox("tkhd", version: 1, flags: 3) { box in
        box.zeros(16)
        box.number(UInt32(number))
        box.zeros(4)
        box.number(length(track))
        box.zeros(8)
        box.number(UInt16(0))
        box.number(UInt16(0))
        box.number(UInt16(track.format.isVideo ? 0 : 0x0100))
        box.zeros(2)
        box.matrix()
        if case .video(let video) = track.format {
          box.number(UInt32(video.width) << 16)
          box.number(UInt32(video.height) << 16)
        } else {
          box.zeros(8)
        }
      }
      trak.box("edts") { edits in
        edits.fullBox("elst", version: 1) { list in
          let late = scaled(track.timeline.start, of: track)
          list.number(UInt32(late > 0 ? 2 : 1))
          if late > 0 {
            list.number(late)
            list.number(Int64(-1))
            list.number(UInt32(0x0001_0000))
          }
          list.number(scaled(track.presented, of: track))
          list.number(track.timeline.start - track.timeline.firstDecoding)
          list.number(UInt32(0x0001_0000))
        }
      }
      trak.box("mdia") { mdia in
        mdia.fullBox("mdhd", version: 1) { box in
          box.zeros(16)
          box.number(UInt32(track.format.timescale))
          box.number(track.timeline.length)
          // No language is stated.
          box.number(UInt16(0x55c4))
          box.zeros(2)
        }
        mdia.fullBox("hdlr") { box in
          box.zeros(4)
          box.raw((track.format.isVideo ? "vide" : "soun").utf8)
          box.zeros(12)
          box.raw((track.format.isVideo ? "VideoHandler" : "SoundHandler").utf8)
          box.zeros(1)
        }
        mdia.box("minf") { minf in
          if track.format.isVideo {
            minf.fullBox("vmhd", flags: 1) { $0.zeros(8) }
          } else {
            minf.fullBox("smhd") { $0.zeros(4) }
          }
          minf.box("dinf") { dinf in
            dinf.fullBox("dref") { dref in
              dref.number(UInt32(1))
              dref.fullBox("url ", flags: 1) { _ in }
            }
          }
          minf.box("stbl") { tables in
            tables.sampleDescription(track.format)
            tables.sampleTables(of: track, chunkOffsets: offsets)
          }
        }
      }
    }
  }
}

extension BoxWriter {
  fileprivate mutating func matrix() {
    for value in [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000] as [UInt32] { number(value) }
  }

  /// ISO/IEC 14496-12 §8.6.1, §8.6.2, §8.7.
  fileprivate mutating func sampleTables(of track: MovieTrack, chunkOffsets: [Int64]) {
    runs("stts", track.timeline.steps)
    if !track.timeline.offsets.isEmpty { runs("ctts", track.timeline.offsets) }
    let syncs = track.samples.indices.filter { track.samples[$0].isSync }
    if syncs.count < track.samples.count {
      fullBox("stss") { box in
        box.number(UInt32(syncs.count))
        for index in syncs { box.number(UInt32(index + 1)) }
      }
    }
    fullBox("stsc") { box in
      var entries: [(chunk: Int, samples: Int)] = []
      for (index, chunk) in track.chunks.enumerated() where entries.last?.samples != chunk.samples {
        entries.append((index + 1, chunk.samples))
      }
      box.number(UInt32(entries.count))
      for entry in entries {
        box.number(UInt32(entry.chunk))
        box.number(UInt32(entry.samples))
        box.number(UInt32(1))
      }
    }
    fullBox("stsz") { box in
      box.number(UInt32(0))
      box.number(UInt32(track.samples.count))
      for sample in track.samples { box.number(sample.size) }
    }
    let isLarge = chunkOffsets.last.map { $0 > Int64(UInt32.max) } ?? false
    fullBox(isLarge ? "co64" : "stco") { box in
      box.number(UInt32(chunkOffsets.count))
      for offset in chunkOffsets {
        if isLarge { box.number(offset) } else { box.number(UInt32(offset)) }
      }
    }
  }

  /// Values in a row that are equal, as their number and the value.
  private mutating func runs(_ type: String, _ values: [UInt32]) {
    fullBox(type) { box in
      var runs: [(count: UInt32, value: UInt32)] = []
      for value in values {
        if runs.last?.value == value { runs[runs.count - 1].count += 1 } else { runs.append((1, value)) }
      }
      box.number(UInt32(runs.count))
      for run in runs {
        box.number(run.count)
        box.number(run.value)
      }
    }
  }
}
