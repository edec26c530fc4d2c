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
  ) throws -> Transcoder.Summary {
    let input = try AudioInput(source, limits: limits, cancellation: cancellation)
    let encoding = try EncodingPlan(input.facts, target: plan.target, quality: plan.quality)
    guard let segments = plan.segments(encoding) else {
      throw MediaError(.encodeFailed, "the file's parts do not fit its plan")
    }
    let encoder = try AudioEncoder(encoding)
    let writer = try Writers.make(encoder, tags: input.tags, samples: nil, sink: sink)
    var joiner = SegmentJoiners.make(encoding, segments)
    var time = -Int64(encoder.delay)
    var sizes = PacketSizes()
    for number in 0..<plan.count {
      try cancellation.check()
      let part = try open(number)
      defer { part.close() }
      let segment = CodedSegment(
        first: segments.firstPacket(of: number), packets: try PacketFile.packets(of: part),
        isLast: number == plan.count - 1)
      for packet in try joiner.append(segment) {
        try writer.write(packet.packet(at: time))
        sizes.add(packet)
        time += packet.duration
      }
    }
    let parts = try parts()
    guard parts.count == plan.steps else { throw MediaError(.encodeFailed, "a part of the file is missing") }
    let samples = parts[plan.count - 1].samples
    try writer.finish(samples: samples)
    if plan.hasDigest {
      guard let digest = parts[plan.count].digest, parts[plan.count].samples == samples else {
        throw MediaError(.encodeFailed, "the file's parts have \(samples) samples, its digest others")
      }
      try FLACWriter.patch(sink, samples: samples, digest: digest, frames: sizes.range)
    }
    try sink.flush()
    return Transcoder.Summary(
      source: input.facts, samples: samples, sampleRate: encoding.layout.rate,
      channels: encoding.layout.channels.count)
  }
}
