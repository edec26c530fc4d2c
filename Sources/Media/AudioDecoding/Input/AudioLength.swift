package import CLibAV
package import Core
package import LibAV
package import MediaTypes

/// How many samples an input has, before it is decoded.
package enum AudioLength {
  /// Samples per channel, exactly; `nil` if only decoding can tell.
  package static func samples(
    of input: AudioInput, source: any ByteSource, limits: MediaLimits, cancellation: CancellationFlag
  ) throws -> Int64? {
    if let known = input.facts.samples { return known }
    guard countsPackets.contains(String(input.facts.container.prefix { $0 != "," })) else { return nil }
    // A second look, so that the first one still stands at its beginning.
    return try counted(AudioInput(source, limits: limits, cancellation: cancellation))
  }

  /// Compressed containers whose packets state how many samples they hold; reading them costs little beside encoding.
  private static let countsPackets: Set<String> = ["mp3", "aac"]

  private static func counted(_ input: AudioInput) throws -> Int64? {
    let packet = try Packet()
    var ticks: Int64 = 0
    var dropped: Int64 = 0
    while try input.read(into: packet) {
      ticks += packet.duration
      var (start, end): (UInt32, UInt32) = (0, 0)
      if zt_skipped_samples(packet.raw, &start, &end) != 0 { dropped += Int64(start) + Int64(end) }
    }
    let rate = zt_rational(1, Int32(input.facts.sampleRate))
    let samples = av_rescale_q(ticks, input.timeBase, rate) - dropped
    return samples > 0 ? samples : nil
  }

  /// The same length at another rate, to the nearest sample.
  package static func mapped(_ samples: Int64, from: Int, to: Int) -> Int64 {
    from == to ? samples : av_rescale(samples, Int64(to), Int64(from))
  }
}
