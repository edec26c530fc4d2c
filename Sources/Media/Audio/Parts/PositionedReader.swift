import AudioDecoding
import CLibAV
import LibAV
import MediaTypes

/// Decodes the samples of one range of an input, each where the whole file would have it.
final class PositionedReader {
  /// The positions that the packets state leave a gap or overlap; the range cannot be told apart from its surroundings.
  struct Irregular: Error {}

  /// Packets that are decoded before the range, so that the decoder has settled.
  private static let lead: Int64 = 30

  private let input: AudioInput
  private let decoder: AudioDecoder
  private let packet: Packet
  private let frame: Frame
  private let origin: Int64
  private let ticksPerSample: Int64
  private let range: Range<Int64>
  /// Samples after which the container says the audio ends.
  private let end: Int64
  /// Time of the next packet, if packets do not know theirs.
  private var counted: Int64?
  private var hasEnded = false
  /// The sample that has to come next.
  private var next: Int64?
  private(set) var samples: Int64 = 0

  /// - Parameters:
  ///   - origin: time of the file's first sample.
  ///   - start: where to begin in a file without an index; `nil` to use the index.
  ///   - length: samples of the file, which a demuxer that starts in the middle does not know.
  init(
    _ input: AudioInput, _ range: Range<Int64>, origin: Int64, start: TranscodePlan.Start?, length: Int64?
  ) throws {
    self.input = input
    self.range = range
    self.origin = origin
    decoder = try AudioDecoder(input.stream)
    packet = try Packet()
    frame = try Frame()
    ticksPerSample = Int64(input.timeBase.den) / Int64(max(1, input.facts.sampleRate))
    end = start != nil ? length ?? .max : input.isMOV ? input.facts.samples ?? .max : .max
    guard range.lowerBound > 0 else { return }
    if let start {
      guard try input.seek(toByte: start.position) else { throw Irregular() }
      counted = start.time
    } else {
      let size = Int64(max(1024, input.stream.pointee.codecpar.pointee.frame_size))
      let lead = input.facts.isLossless ? 0 : Self.lead * size
      let sample = max(0, range.lowerBound - lead)
      guard try input.seek(to: origin + sample * ticksPerSample) else { throw Irregular() }
    }
  }

  /// The next samples, which stay valid until the next call, and how many of the frame's first ones are not of the range;
  /// `nil` at the end of the range or of the file.
  ///
  /// - Throws: `Irregular`.
  func read() throws -> (frame: Frame, skipped: Int)? {
    while true {
      if let next, next >= min(range.upperBound, end) { return nil }
      switch try decoder.receive(into: frame) {
      case .frame:
        guard frame.raw.pointee.nb_samples > 0 else { continue }
        guard let time = SamplePositions.time(of: frame), (time - origin) % ticksPerSample == 0,
          Int(frame.raw.pointee.sample_rate) == input.facts.sampleRate
        else { throw Irregular() }
        let first = (time - origin) / ticksPerSample
        let after = first + Int64(frame.raw.pointee.nb_samples)
        guard after > range.lowerBound else { continue }
        guard first <= range.lowerBound || next != nil, next == nil || next == first else { throw Irregular() }
        let limit = min(range.upperBound, end)
        if after > limit { frame.raw.pointee.nb_samples = Int32(max(0, limit - first)) }
        next = after
        let skipped = Int(max(0, range.lowerBound - first))
        let count = Int64(frame.raw.pointee.nb_samples) - Int64(skipped)
        guard count > 0 else { continue }
        if frame.raw.pointee.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC {
          let channels = frame.raw.pointee.ch_layout.nb_channels
          av_channel_layout_uninit(&frame.raw.pointee.ch_layout)
          av_channel_layout_default(&frame.raw.pointee.ch_layout, channels)
        }
        samples += count
        return (frame, skipped)
      case .end: return nil
      case .needsInput:
        if hasEnded { return nil }
        if try input.read(into: packet) {
          if let time = counted {
            (packet.raw.pointee.pts, packet.raw.pointee.dts) = (time, time)
            counted = time + packet.duration
          }
          try decoder.send(packet)
        } else {
          hasEnded = true
          try decoder.send(nil)
        }
      }
    }
  }

  /// Whether packets in the file could not be decoded.
  var isDamaged: Bool { decoder.damagedPackets > 0 }
}
