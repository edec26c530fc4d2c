package import AudioDecoding
import CLibAV
package import Core
import LibAV
package import MediaTypes

/// Writes a stream that fits the target into the target's container, packet by packet.
package enum StreamCopy {
  /// Bits per second over a preset's that are not worth encoding again, as a factor.
  private static let tolerance = 1.05

  /// Whether the stream is what the target holds, and not larger than the preset asks for.
  static func fits(_ input: AudioInput, target: TranscodeTarget, quality: TranscodeQuality?) -> Bool {
    let codec =
      switch target {
      case .mp3: "mp3"
      case .m4a: "aac"
      case .flac: "flac"
      case .ogg: "vorbis"
      case .wav: ""
      }
    guard input.facts.codec == codec else { return false }
    guard let quality else { return true }
    guard let limit = bitRate(target, quality) else { return false }
    let stated = Double(input.stream.pointee.codecpar.pointee.bit_rate)
    return stated > 0 && stated <= limit * tolerance
  }

  /// Bits per second of a preset; `nil` if it is a quality.
  private static func bitRate(_ target: TranscodeTarget, _ quality: TranscodeQuality) -> Double? {
    switch (target, quality) {
    case (.mp3, .high): 320_000
    case (.m4a, .high): 256_000
    case (.mp3, .standard), (.m4a, .standard): 192_000
    case (.mp3, .low), (.m4a, .low): 128_000
    default: nil
    }
  }

  /// Blocks; belongs on a thread of its own.
  ///
  /// - Throws: `MediaError`; errors of `source` and `sink` unchanged.
  package static func run(
    _ source: any ByteSource, target: TranscodeTarget, scratch: String, to sink: FileSink,
    limits: MediaLimits = MediaLimits(), cancellation: CancellationFlag = CancellationFlag(),
    progress: (Double) -> Void = { _ in }
  ) throws -> TranscodeSummary {
    let input = try AudioInput(source, limits: limits, cancellation: cancellation)
    let file = target == .m4a ? try FileSink.scratch(in: scratch) : sink
    var packet = try Packet()
    guard try input.read(into: packet) else { throw MediaError(.invalidMedia, "the file holds no audio") }
    var (skipped, last): (UInt32, UInt32) = (0, 0)
    _ = zt_skipped_samples(packet.raw, &skipped, &last)
    let writer = try LibAVWriter(
      format: format(target), timeBase: input.timeBase, tags: input.tags, options: options(target, input), sink: file,
      isPatched: true
    ) { parameters in
      guard avcodec_parameters_copy(parameters, input.stream.pointee.codecpar) >= 0 else {
        throw MediaError(.encodeFailed, "no memory to write")
      }
      if target == .mp3, skipped > 0 { parameters.pointee.initial_padding = Int32(skipped) }
    }
    let ticksPerSample = Int64(input.timeBase.den) / Int64(max(1, input.facts.sampleRate))
    let end = input.facts.samples.map { $0 * ticksPerSample }
    var samples: Int64 = 0
    var following = try Packet()
    while true {
      let isLast = try !input.read(into: following)
      if isLast, input.isMOV, let end, let time = packet.pts, time < end, time + packet.duration > end {
        // What the edit list cuts off is the length of the last packet.
        packet.raw.pointee.duration = end - time
      }
      var (start, tail): (UInt32, UInt32) = (0, 0)
      _ = zt_skipped_samples(packet.raw, &start, &tail)
      samples += packet.duration / max(1, ticksPerSample) - Int64(start) - Int64(tail)
      if let time = packet.pts { progress(Double(time) * av_q2d(input.timeBase)) }
      try writer.write(packet)
      if isLast { break }
      swap(&packet, &following)
    }
    samples = input.facts.samples ?? samples
    try writer.finish(samples: samples)
    if target == .m4a { try FastStart.copy(file, fields: MP4FreeForm.fields(input.tags), to: sink) }
    try sink.flush()
    return TranscodeSummary(
      source: input.facts, samples: samples, sampleRate: input.facts.sampleRate, channels: input.facts.channels)
  }

  private static func format(_ target: TranscodeTarget) -> String {
    switch target {
    case .mp3: "mp3"
    case .m4a: "ipod"
    case .flac: "flac"
    case .ogg: "ogg"
    case .wav: "wav"
    }
  }

  private static func options(_ target: TranscodeTarget, _ input: AudioInput) -> [(String, String)] {
    switch target {
    case .mp3: [("id3v2_version", "3")]
    case .m4a: [("movie_timescale", String(input.facts.sampleRate))]
    case .flac, .ogg, .wav: []
    }
  }
}
