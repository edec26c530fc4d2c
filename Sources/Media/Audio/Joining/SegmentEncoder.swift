import LibAV
import MediaTypes

/// The packets of one segment, lead and tail included.
struct CodedSegment {
  /// The number of the first packet in the whole output.
  var first: Int
  var packets: [CodedPacket]
  var isLast: Bool
}

/// Encodes the samples of one segment with an encoder of its own.
enum SegmentEncoder {
  /// - Parameters:
  ///   - samples: all planes of the plan's layout.
  ///   - count: samples per channel.
  static func encode(
    _ planes: [UnsafeMutablePointer<UInt8>?], count: Int, segment: Int, isLast: Bool, plan: EncodingPlan,
    segments: SegmentPlan
  ) throws -> CodedSegment {
    let encoder = try AudioEncoder(plan)
    var packets: [CodedPacket] = []
    if plan.target == .flac, encoder.frameSize != segments.packetSize {
      throw MediaError(.encodeFailed, "the FLAC encoder uses blocks of \(encoder.frameSize) samples")
    }
    try encoder.encode(planes, count) { packets.append(CodedPacket($0)) }
    try encoder.finish { packets.append(CodedPacket($0)) }
    // The encoder's last packet of FLAC holds nothing but the new header.
    packets.removeAll { $0.bytes.isEmpty }
    return CodedSegment(first: segments.firstPacket(of: segment), packets: packets, isLast: isLast)
  }
}
