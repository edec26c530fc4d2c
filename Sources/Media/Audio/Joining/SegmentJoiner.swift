import LibAV
import MediaTypes

/// Puts segments together so that a decoder hears no border.
protocol SegmentJoiner {
  /// - Returns: the packets that are final, in order.
  mutating func append(_ segment: CodedSegment) throws(MediaError) -> [CodedPacket]
}

enum SegmentJoiners {
  static func make(_ plan: EncodingPlan, _ segments: SegmentPlan) -> any SegmentJoiner {
    switch plan.target {
    case .mp3: OverlapJoiner(segments)
    case .flac, .wav, .m4a, .ogg: FLACJoiner()
    }
  }
}

/// Joins segments of MP3 that overlap: of every pair of neighbours both have the packets around the border.
struct OverlapJoiner: SegmentJoiner {
  private let segments: SegmentPlan
  /// The segment whose end is still open.
  private var open: CodedSegment?
  private var number = 0

  init(_ segments: SegmentPlan) {
    self.segments = segments
  }

  mutating func append(_ segment: CodedSegment) throws(MediaError) -> [CodedPacket] {
    var final: [CodedPacket] = []
    var next = segment
    if var earlier = open {
      let border = try self.border(earlier, &next, kept: &earlier)
      final = earlier.packets
      next.packets.removeFirst(border - next.first)
      next.first = border
    }
    number += 1
    if segment.isLast {
      final += next.packets
      open = nil
    } else {
      open = next
    }
    return final
  }

  /// Finds the packet from which on the later segment is used; leaves in `kept` what comes before.
  private func border(
    _ earlier: CodedSegment, _ later: inout CodedSegment, kept: inout CodedSegment
  ) throws(MediaError) -> Int {
    let nominal = number * segments.packets
    // The last packets of the earlier segment know of the silence that its encoder was ended with.
    let end = min(earlier.first + earlier.packets.count - 6, later.first + later.packets.count - 1)
    var candidates: [(cost: Int, packet: Int)] = []
    for packet in stride(from: nominal, to: end, by: 1) {
      let (inEarlier, inLater) = (packet - earlier.first, packet - later.first)
      guard inEarlier > 0, inLater > 0 else { continue }
      let cost = MP3Splice.cost(
        before: (earlier.packets[inEarlier - 1], later.packets[inLater - 1]),
        at: (earlier.packets[inEarlier], later.packets[inLater]))
      if let cost { candidates.append((cost, packet)) }
    }
    for candidate in candidates.sorted(by: { ($0.cost, $0.packet) < ($1.cost, $1.packet) }) {
      let index = candidate.packet - earlier.first
      var packets = Array(earlier.packets[..<index])
      if MP3Splice.mend(&packets, dropped: earlier.packets[index], later: later, from: candidate.packet - later.first) {
        kept.packets = packets
        return candidate.packet
      }
    }
    throw MediaError(.encodeFailed, "two segments cannot be joined at packet \(nominal)")
  }
}
