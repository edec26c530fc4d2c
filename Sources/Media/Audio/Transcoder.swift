import AudioDecoding
import CLibAV
package import Core
import LibAV
package import MediaTypes

/// Turns one audio file into another, in one pass and with memory that does not depend on its length.
package struct Transcoder: Sendable {
  package var target: TranscodeTarget
  package var quality: TranscodeQuality?
  /// Where temporary files go if the output cannot be written as it is made.
  package var scratch: String
  /// Writes the output as it is made, even to a sink that cannot be patched, if the number of samples is known.
  package var streams = true
  /// Processors to use: more than one encode a long file in segments, if the sink can be patched or the target needs a
  /// temporary file. Default 1.
  package var workers = 1
  package var limits = MediaLimits()

  package init(target: TranscodeTarget, quality: TranscodeQuality? = nil, scratch: String) {
    self.target = target
    self.quality = quality
    self.scratch = scratch
  }

  /// Blocks; belongs on a thread of its own.
  ///
  /// - Parameter progress: called with the seconds of the source that are done, at most once per packet.
  /// - Throws: `MediaError` if the source is not audio or cannot be encoded; errors of `source` and `sink` unchanged.
  package func run(
    _ source: any ByteSource, to sink: any AudioSink, cancellation: CancellationFlag = CancellationFlag(),
    progress: (Double) -> Void = { _ in }
  ) throws -> TranscodeSummary {
    let input = try AudioInput(source, limits: limits, cancellation: cancellation)
    let plan = try EncodingPlan(input.facts, target: target, quality: quality)
    var expected: Int64?
    if !(sink is any PatchableSink), streams, target != .m4a {
      expected = try AudioLength.samples(of: input, source: source, limits: limits, cancellation: cancellation).map {
        AudioLength.mapped($0, from: input.facts.sampleRate, to: plan.layout.rate)
      }
    }
    if workers > 1, expected == nil, (input.facts.seconds ?? 0) >= Self.leastSegmented,
      let segments = SegmentPlan(plan)
    {
      if let summary = try runParts(source, to: sink, cancellation: cancellation, progress: progress) { return summary }
      return try runSegmented(input, plan, segments, to: sink, progress: progress)
    }
    // What cannot be written front to back is made in a temporary file.
    let isDirect = target != .m4a && (expected != nil || sink is any PatchableSink)
    let file = isDirect ? nil : try FileSink.scratch(in: scratch)
    let output = try Output(plan, tags: input.tags, samples: expected, sink: file ?? sink)
    let reader = try AudioReader(input)
    let converter = SampleConverter(to: plan.layout)
    while let frame = try reader.next() {
      try converter.convert(frame, output.take)
      progress(reader.position)
    }
    try converter.convert(nil, output.take)
    try output.finish()
    if let file { try publish(file, tags: input.tags, to: sink) }
    return TranscodeSummary(
      source: input.facts, samples: output.samples, sampleRate: plan.layout.rate, channels: plan.layout.channels.count)
  }

  private func publish(_ file: FileSink, tags: AudioTags, to sink: any AudioSink) throws {
    guard target == .m4a else { return try file.copy(to: sink) }
    try FastStart.copy(file, fields: MP4FreeForm.fields(tags), to: sink)
  }

  /// Processors that this process may use; 16 at most, since each needs memory for a segment.
  package static var processors: Int { min(16, max(1, Int(av_cpu_count()))) }

  /// Seconds of audio from which on several processors are used.
  private static let leastSegmented = 75.0

  /// MP3 from sources in which each sample has its place: every worker reads its own part, so that no samples wait.
  ///
  /// - Returns: `nil` if the source has to be read in one go.
  private func runParts(
    _ source: any ByteSource, to sink: any AudioSink, cancellation: CancellationFlag, progress: (Double) -> Void
  ) throws -> TranscodeSummary? {
    guard target == .mp3 else { return nil }
    let plan = try TranscodePlanner.plan(
      source, target: target, quality: quality, copies: false, limits: limits, cancellation: cancellation)
    guard plan.mode == .parts else { return nil }
    let file = try FileSink.scratch(in: scratch)
    do {
      let summary = try LocalParts(source, plan, scratch: scratch, limits: limits, cancellation: cancellation)
        .run(to: file, workers: workers, progress: progress)
      try file.copy(to: sink)
      return summary
    } catch is LocalParts.Irregular {
      return nil
    }
  }

  private func runSegmented(
    _ input: AudioInput, _ plan: EncodingPlan, _ segments: SegmentPlan, to sink: any AudioSink,
    progress: (Double) -> Void
  ) throws -> TranscodeSummary {
    let direct = target == .m4a ? nil : sink as? any PatchableSink
    let file = direct == nil ? try FileSink.scratch(in: scratch) : nil
    let run = SegmentedTranscode(plan, segments, workers: workers)
    let samples = try run.run(input, to: direct ?? file!, progress: progress)
    if let file { try publish(file, tags: input.tags, to: sink) }
    return TranscodeSummary(
      source: input.facts, samples: samples, sampleRate: plan.layout.rate, channels: plan.layout.channels.count)
  }
}

/// The end of the line: takes converted samples and writes the file.
private final class Output {
  private let plan: EncodingPlan
  private let declared: Int64?
  private let encoder: AudioEncoder?
  private let writer: (any AudioWriter)?
  private let wav: WAVWriter?
  private(set) var samples: Int64 = 0

  init(_ plan: EncodingPlan, tags: AudioTags, samples: Int64?, sink: any AudioSink) throws {
    self.plan = plan
    declared = samples
    if plan.target == .wav {
      wav = try WAVWriter(plan, tags: tags, samples: samples, sink: sink)
      (encoder, writer) = (nil, nil)
      return
    }
    wav = nil
    let encoder = try AudioEncoder(plan)
    self.encoder = encoder
    writer = try Writers.make(encoder, tags: tags, samples: samples, sink: sink)
  }

  func take(_ planes: [UnsafeMutablePointer<UInt8>?], _ count: Int) throws {
    // More than the header promises is the rounding of a resampler, or a container that says too little.
    let kept = declared.map { Int(max(0, min(Int64(count), $0 - samples))) } ?? count
    guard kept > 0 else { return }
    samples += Int64(kept)
    if let wav { return try wav.write(planes[0]!, count: kept) }
    try encoder!.encode(planes, kept) { try writer!.write($0) }
  }

  func finish() throws {
    if let declared, samples < declared { try pad(Int(declared - samples)) }
    if let wav { return try wav.finish() }
    try encoder!.finish { try writer!.write($0) }
    try writer!.finish(samples: samples)
  }

  /// A tenth of a second may be missing, as resamplers and damaged ends leave it; more is an input that was cut off.
  private func pad(_ count: Int) throws {
    guard count <= plan.layout.rate / 10 else {
      throw MediaError(.truncated, "the audio ends \(count) samples before the length that its file states")
    }
    let silence = SampleBuffer(plan.layout)
    try silence.reserve(count)
    for plane in silence.planes { plane!.update(repeating: 0, count: count * plan.layout.stride) }
    try take(silence.planes, count)
  }
}
