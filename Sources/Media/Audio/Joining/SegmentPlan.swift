import AudioDecoding

/// Where a long output is cut into segments that are encoded on their own. Pure.
///
/// A segment's encoder starts `lead` packets early, so that it has settled by the time its packets are used, and goes on
/// for `tail` packets, among which the place is chosen where the next segment takes over.
package struct SegmentPlan: Sendable, Equatable {
  /// Samples of one packet.
  let packetSize: Int
  /// Packets of one segment.
  let packets: Int
  let lead: Int
  let tail: Int

  /// - Parameter seconds: length of a segment.
  /// - Returns: `nil` if the target is encoded in one piece.
  package init?(_ plan: EncodingPlan, seconds: Double = 30) {
    let rate = plan.layout.rate
    switch plan.target {
    // AAC: the encoder's control of its bit rate takes about 20 s to settle, which costs up to 3 dB behind each join.
    case .ogg, .m4a: return nil
    case .mp3: (packetSize, lead, tail) = (MP3InfoFrame.samplesPerFrame(rate: rate), 40, 40)
    case .flac: (packetSize, lead, tail) = (Self.flacBlock(rate: rate), 0, 0)
    case .wav: (packetSize, lead, tail) = (4096, 0, 0)
    }
    // A segment's samples are held in memory: 24 MiB of them.
    let most = (24 << 20) / max(1, plan.layout.bytesPerSample * plan.layout.channels.count)
    let wanted = min(Int(seconds * Double(rate)), most)
    packets = max(2 * max(lead + tail, 16), wanted / packetSize)
  }

  /// Samples from `start` on are this segment's, as far as it is encoded.
  package func samples(of segment: Int) -> Range<Int64> {
    let first = max(0, segment * packets - lead)
    let last = (segment + 1) * packets + tail
    return Int64(first * packetSize)..<Int64(last * packetSize)
  }

  /// How many segments an output of that many samples has: the last one is the first that reaches its end.
  package func count(samples total: Int64) -> Int {
    var number = max(0, Int(total / Int64(packets * packetSize)) - 1)
    while number > 0, samples(of: number - 1).upperBound >= total { number -= 1 }
    while samples(of: number).upperBound < total { number += 1 }
    return number + 1
  }

  /// The number of a segment's first packet, lead included, in the whole output.
  func firstPacket(of segment: Int) -> Int { max(0, segment * packets - lead) }

  /// Block size that libavcodec's encoder takes at level 8 (`frame_size`).
  private static func flacBlock(rate: Int) -> Int {
    let target = rate * 105 / 1000
    let sizes = [192, 576, 1152, 2304, 4608, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768]
    return sizes.filter { $0 <= target }.max() ?? 192
  }
}
