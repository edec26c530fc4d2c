extension BoxWriter {
  /// The sample description (ISO/IEC 14496-12 §8.5.2): one entry, since all parts share their parameters.
  mutating func sampleDescription(_ format: TrackFormat) {
    fullBox("stsd") { writer in
      writer.number(UInt32(1))
      switch format {
      case .video(let video): writer.videoEntry(video)
      case .audio(let audio): writer.audioEntry(audio)
      }
    }
  }

  private mutating func videoEntry(_ video: VideoFormat) {
    box("avc1") { writer in
      writer.zeros(6)
      writer.number(UInt16(1))
      writer.zeros(16)
      writer.number(UInt16(clamping: video.width))
      writer.number(UInt16(clamping: video.height))
      // 72 dots an inch, both ways.
      writer.number(UInt32(0x0048_0000))
      writer.number(UInt32(0x0048_0000))
      writer.number(UInt32(0))
      writer.number(UInt16(1))
      writer.zeros(32)
      writer.number(UInt16(0x18))
      writer.number(Int16(-1))
      writer.box("avcC") { $0.raw(video.configuration) }
      writer.box("pasp") { box in
        box.number(UInt32(1))
        box.number(UInt32(1))
      }
      if let colour = video.colour {
        writer.box("colr") { box in
          box.raw("nclx".utf8)
          box.number(UInt16(clamping: colour.primaries))
          box.number(UInt16(clamping: colour.transfer))
          box.number(UInt16(clamping: colour.matrix))
          box.number(UInt8(colour.isFullRange ? 0x80 : 0))
        }
      }
    }
  }

  private mutating func audioEntry(_ audio: AudioFormat) {
    box("mp4a") { writer in
      writer.zeros(6)
      writer.number(UInt16(1))
      writer.zeros(8)
      writer.number(UInt16(clamping: audio.channels))
      writer.number(UInt16(16))
      writer.zeros(4)
      writer.number(UInt32(audio.sampleRate < 1 << 16 ? audio.sampleRate << 16 : 0))
      writer.fullBox("esds") { box in
        box.descriptor(3) { stream in
          stream.number(UInt16(0))
          stream.number(UInt8(0))
          stream.descriptor(4) { decoder in
            // MPEG-4 audio, an audio stream.
            decoder.number(UInt8(0x40))
            decoder.number(UInt8(0x15))
            decoder.zeros(3)
            decoder.number(UInt32(clamping: audio.bitRate))
            decoder.number(UInt32(clamping: audio.bitRate))
            decoder.descriptor(5) { $0.raw(audio.configuration) }
          }
          stream.descriptor(6) { $0.number(UInt8(2)) }
        }
      }
    }
  }
}
