import AudioDecoding
import CLibAV
import MediaTypes

/// A WAV file of interleaved samples.
final class WAVWriter {
  private let sink: any AudioSink
  private let header: WAVHeader
  private let declared: Int64?
  private var dataBytes: Int64 = 0
  private var packed: [UInt8] = []

  /// Writes the header.
  ///
  /// - Parameter samples: samples per channel that will come; `nil` if the header is to be patched at the end, which
  ///   `sink` must be able to do.
  init(_ plan: EncodingPlan, tags: AudioTags, samples: Int64?, sink: any AudioSink) throws {
    self.sink = sink
    declared = samples
    header = WAVHeader(
      channels: plan.layout.channels.count, channelMask: plan.layout.channels.mask, sampleRate: plan.layout.rate,
      bits: plan.bits, isFloat: plan.layout.format == AV_SAMPLE_FMT_FLT, tags: tags)
    try sink.write(header.bytes(samples: samples))
  }

  /// - Parameter samples: of all channels, `count` of each, in the plan's format.
  func write(_ samples: UnsafePointer<UInt8>, count: Int) throws {
    let bytes = count * header.blockAlign
    if header.bits == 24 {
      // The upper three bytes of each.
      let values = count * header.channels
      packed = [UInt8](unsafeUninitializedCapacity: bytes) { buffer, filled in
        for index in 0..<values {
          buffer[index * 3] = samples[index * 4 + 1]
          buffer[index * 3 + 1] = samples[index * 4 + 2]
          buffer[index * 3 + 2] = samples[index * 4 + 3]
        }
        filled = bytes
      }
      try sink.write(packed)
    } else {
      try sink.write(UnsafeRawBufferPointer(start: samples, count: bytes))
    }
    dataBytes += Int64(bytes)
  }

  func finish() throws {
    if dataBytes % 2 == 1 { try sink.write([0]) }
    let samples = dataBytes / Int64(header.blockAlign)
    if let declared {
      guard declared == samples else {
        throw MediaError(.encodeFailed, "\(samples) samples came instead of \(declared)")
      }
    } else if let sink = sink as? any PatchableSink {
      try sink.overwrite(header.patched(samples: samples), at: 0)
    }
  }
}
