package import CLibAV
package import LibAV
package import MediaTypes

/// Decodes a whole input, from its first sample to its last.
package final class AudioReader {
  private let input: AudioInput
  private let decoder: AudioDecoder
  private let packet: Packet
  private let frame: Frame
  private var hasEnded = false
  /// Samples after which the container says the audio ends.
  private let end: Int64?
  /// Samples per channel that were given out, at the stream's rate.
  package private(set) var samples: Int64 = 0
  /// Seconds into the file of the packet that was read last; for progress.
  package private(set) var position: Double = 0

  package init(_ input: AudioInput) throws {
    self.input = input
    decoder = try AudioDecoder(input.stream)
    packet = try Packet()
    frame = try Frame()
    end = input.isMOV ? input.facts.samples : nil
  }

  /// The next samples, which stay valid until the next call; `nil` at the end.
  ///
  /// - Throws: `MediaError` `DecodeFailed` if not one sample of the file can be decoded.
  package func next() throws -> Frame? {
    while true {
      switch try decoder.receive(into: frame) {
      case .frame:
        guard frame.raw.pointee.nb_samples > 0, frame.raw.pointee.sample_rate > 0 else { continue }
        if frame.raw.pointee.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC {
          let channels = frame.raw.pointee.ch_layout.nb_channels
          av_channel_layout_uninit(&frame.raw.pointee.ch_layout)
          av_channel_layout_default(&frame.raw.pointee.ch_layout, channels)
        }
        if let end, samples + Int64(frame.raw.pointee.nb_samples) > end {
          // The edit list ends before the last packet does; libavcodec only knows where it begins.
          frame.raw.pointee.nb_samples = Int32(max(0, end - samples))
          if frame.raw.pointee.nb_samples == 0 { return nil }
        }
        samples += Int64(frame.raw.pointee.nb_samples)
        return frame
      case .end:
        if samples == 0, decoder.damagedPackets > 0 {
          throw MediaError(.decodeFailed, "not one sample of the audio could be decoded")
        }
        return nil
      case .needsInput:
        if hasEnded { return nil }
        if try input.read(into: packet) {
          if let time = packet.pts ?? packet.dts { position = Double(time) * av_q2d(input.timeBase) }
          try decoder.send(packet)
        } else {
          hasEnded = true
          try decoder.send(nil)
        }
      }
    }
  }
}
