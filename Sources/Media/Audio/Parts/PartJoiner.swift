import AudioDecoding
import CLibAV
package import Core
import LibAV
package import MediaTypes

/// Makes one file of the parts that several invocations have encoded.
package enum PartJoiner {
  /// Blocks; belongs on a thread of its own. Memory: the packets of two parts.
  ///
  /// - Parameters:
  ///   - source: for its tags; no audio of it is read.
  ///   - parts: what the invocations found, in order, the digest last. Asked for when all packets have been read.
  ///   - open: gives a part's packets.
  /// - Throws: `MediaError` if the parts cannot be joined; errors of `source`, `sink` and `open` unchanged.
  package static func join(
    _ source: any ByteSource, _ plan: TranscodePlan, _ parts: @autoclosure () throws -> [EncodedPart],
    to sink: FileSink, limits: MediaLimits = MediaLimits(), cancellation: CancellationFlag = CancellationFlag(),
    open: (Int) throws -> any ByteSource
  ) throws -> TranscodeSummary {
    if plan.target == .flac {
      let (head, summary) = try flacHead(source, plan, parts(), limits: limits, cancellation: cancellation)
      try sink.write(head)
      for number in 0..<plan.count {
        try cancellation.check()
        let part = try open(number)
        defer { part.close() }
        try copy(part, to: sink)
      }
      try sink.flush()
      return summary
    }
    let input = try AudioInput(source, limits: limits, cancellation: cancellation)
    let encoding = try EncodingPlan(input.facts, target: plan.target, quality: plan.quality)
    guard let segments = plan.segments(encoding) else {
      throw MediaError(.encodeFailed, "the file's parts do not fit its plan")
    }
    let encoder = try AudioEncoder(encoding)
    let writer = try Writers.make(encoder, tags: input.tags, samples: nil, sink: sink)
    var joiner = SegmentJoiners.make(encoding, segments)
    var time = -Int64(encoder.delay)
    for number in 0..<plan.count {
      try cancellation.check()
      let part = try open(number)
      defer { part.close() }
      let segment = CodedSegment(
        first: segments.firstPacket(of: number), packets: try PacketFile.packets(of: part),
        isLast: number == plan.count - 1)
      for packet in try joiner.append(segment) {
        try writer.write(packet.packet(at: time))
        time += packet.duration
      }
    }
    let parts = try parts()
    guard parts.count == plan.steps else { throw MediaError(.encodeFailed, "a part of the file is missing") }
    let samples = parts[plan.count - 1].samples
    try writer.finish(samples: samples)
    try sink.flush()
    return TranscodeSummary(
      source: input.facts, samples: samples, sampleRate: encoding.layout.rate,
      channels: encoding.layout.channels.count)
  }

  /// What comes before the parts in a FLAC file: the parts follow as they are. Blocks.
  ///
  /// - Parameters:
  ///   - source: for its tags; no audio of it is read.
  ///   - parts: what the invocations found, in order, the digest last.
  /// - Throws: `MediaError` if the parts cannot be joined; errors of `source` unchanged.
  package static func flacHead(
    _ source: any ByteSource, _ plan: TranscodePlan, _ parts: [EncodedPart], limits: MediaLimits = MediaLimits(),
    cancellation: CancellationFlag = CancellationFlag()
  ) throws -> (bytes: [UInt8], TranscodeSummary) {
    guard parts.count == plan.steps, let last = parts.dropLast().last, let digest = parts.last?.digest else {
      throw MediaError(.encodeFailed, "a part of the file is missing")
    }
    let samples = last.samples
    guard parts[plan.count].samples == samples else {
      throw MediaError(.encodeFailed, "the file's parts have \(samples) samples, its digest others")
    }
    let sizes = parts.dropLast().compactMap(\.frameSizes)
    guard sizes.count == plan.count, let least = sizes.map(\.lowerBound).min(), let most = sizes.map(\.upperBound).max()
    else { throw MediaError(.encodeFailed, "the file's parts are not numbered") }
    let input = try AudioInput(source, limits: limits, cancellation: cancellation)
    let encoding = try EncodingPlan(input.facts, target: plan.target, quality: plan.quality)
    let sink = MemorySink()
    let writer = try Writers.make(try AudioEncoder(encoding), tags: input.tags, samples: nil, sink: sink)
    try writer.finish(samples: samples)
    try FLACWriter.patch(sink, samples: samples, digest: digest, frames: least...most)
    let summary = TranscodeSummary(
      source: input.facts, samples: samples, sampleRate: encoding.layout.rate,
      channels: encoding.layout.channels.count)
    return (sink.bytes, summary)
  }

  private static func copy(_ part: any ByteSource, to sink: FileSink) throws {
    var block = [UInt8](repeating: 0, count: 256 << 10)
    var position: Int64 = 0
    while position < part.size {
      let count = try block.withUnsafeMutableBytes { try part.read(at: position, into: $0) }
      guard count > 0 else { throw MediaError(.truncated, "a part of the file ends early") }
      try block.withUnsafeBytes { try sink.write(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      position += Int64(count)
    }
  }
}
