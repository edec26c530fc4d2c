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
    case .mp3: OverlapJoiner(segments, codec: MP3Splice())
    case .flac, .wav, .m4a, .ogg: FLACJoiner()
    }
  }
}

/// What joining overlapping segments must know of a codec.
protocol Splice {
  /// How well one segment's packets may follow the other's: 0 is perfect, `nil` is impossible.
  ///
  /// - Parameters:
  ///   - before: the packet before the border, as the earlier and as the later segment have it.
  ///   - at: the packet behind it, likewise.
  func cost(
    before: (earlier: CodedPacket, later: CodedPacket), at: (earlier: CodedPacket, later: CodedPacket)
  ) -> Int?

  /// Changes the packets before the border so that those of the later segment can be decoded behind them.
  ///
  /// - Returns: `false` if that is impossible.
  func mend(_ kept: inout [CodedPacket], dropped: CodedPacket, later: CodedSegment, from index: Int) -> Bool
}

/// Joins segments that overlap: of every pair of neighbours both have the packets around the border.
struct OverlapJoiner<Codec: Splice>: SegmentJoiner {
  private let segments: SegmentPlan
  private let codec: Codec
  /// The segment whose end is still open.
  private var open: CodedSegment?
  private var number = 0

  init(_ segments: SegmentPlan, codec: Codec) {
    self.segments = segments
    self.codec = codec
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
      let cost = codec.cost(
        before: (earlier.packets[inEarlier - 1], later.packets[inLater - 1]),
        at: (earlier.packets[inEarlier], later.packets[inLater]))
      if let cost { candidates.append((cost, packet)) }
    }
    for candidate in candidates.sorted(by: { ($0.cost, $0.packet) < ($1.cost, $1.packet) }) {
      let index = candidate.packet - earlier.first
      var packets = Array(earlier.packets[..<index])
      if codec.mend(&packets, dropped: earlier.packets[index], later: later, from: candidate.packet - later.first) {
        kept.packets = packets
        return candidate.packet
      }
    }
    throw MediaError(.encodeFailed, "two segments cannot be joined at packet \(nominal)")
  }
}
