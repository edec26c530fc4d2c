package import CLibAV
package import LibAV
package import MediaTypes

/// One audio decoder. Samples that the container says are to be dropped (delay, padding) are dropped by libavcodec.
package final class AudioDecoder {
  private let context: DecoderContext
  /// Packets that could not be decoded so far.
  package var damagedPackets: Int { context.failures }

  package init(_ stream: UnsafeMutablePointer<AVStream>) throws(MediaError) {
    // The reference decoder first: libav's own differs from it by a few steps of 16 bits where a stream ends.
    let isOpus = stream.pointee.codecpar.pointee.codec_id == AV_CODEC_ID_OPUS
    let preferred = isOpus ? avcodec_find_decoder_by_name("libopus") : nil
    context = try DecoderContext(stream, subject: "the audio's codec", preferred: preferred, threads: 1) { context in
      // It would round to 16 bits otherwise.
      if preferred != nil { context.pointee.request_sample_fmt = AV_SAMPLE_FMT_FLT }
    }
  }

  package typealias Output = DecoderContext.Output

  /// Gives the decoder one packet, or with `nil` the end of the stream.
  package func send(_ packet: Packet?) throws(MediaError) { try context.send(packet) }

  /// Takes the next samples. Damaged data is skipped, as players do.
  package func receive(into frame: Frame) throws(MediaError) -> Output { try context.receive(into: frame) }

  package func flush() { context.flush() }
}
