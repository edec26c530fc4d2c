package import CLibAV
package import LibAV
package import MediaTypes

/// One audio decoder. Samples that the container says are to be dropped (delay, padding) are dropped by libavcodec.
package final class AudioDecoder {
  private var context: UnsafeMutablePointer<AVCodecContext>?
  private var raw: UnsafeMutablePointer<AVCodecContext> { context! }
  /// Packets that could not be decoded so far.
  package private(set) var damagedPackets = 0

  package init(_ stream: UnsafeMutablePointer<AVStream>) throws(MediaError) {
    let parameters = stream.pointee.codecpar!
    let id = parameters.pointee.codec_id
    let name = String(cString: avcodec_get_name(id))
    // The reference decoder first: libav's own differs from it by a few steps of 16 bits where a stream ends.
    let preferred = id == AV_CODEC_ID_OPUS ? avcodec_find_decoder_by_name("libopus") : nil
    guard let codec = preferred ?? avcodec_find_decoder(id), let context = avcodec_alloc_context3(codec) else {
      throw MediaError(.unsupportedCodec, "the audio's codec '\(name)' cannot be decoded here")
    }
    self.context = context
    avcodec_parameters_to_context(context, parameters)
    context.pointee.pkt_timebase = stream.pointee.time_base
    context.pointee.thread_count = 1
    // It would round to 16 bits otherwise.
    if preferred != nil { context.pointee.request_sample_fmt = AV_SAMPLE_FMT_FLT }
    let status = avcodec_open2(context, codec, nil)
    guard status >= 0 else {
      throw MediaError(.unsupportedCodec, "the audio's codec '\(name)' cannot be decoded here: \(LibAVError(status))")
    }
  }

  deinit { avcodec_free_context(&context) }

  package enum Output { case frame, needsInput, end }

  /// Gives the decoder one packet, or with `nil` the end of the stream.
  package func send(_ packet: Packet?) throws(MediaError) {
    let status = avcodec_send_packet(raw, packet?.raw)
    if status == zt_error_no_memory { throw MediaError(.decodeFailed, "no memory to decode") }
    if status < 0 && status != zt_error_eof { damagedPackets += 1 }
  }

  /// Takes the next samples. Damaged data is skipped, as players do.
  package func receive(into frame: Frame) throws(MediaError) -> Output {
    for _ in 0..<256 {
      let status = avcodec_receive_frame(raw, frame.raw)
      if status >= 0 { return .frame }
      if status == zt_error_again { return .needsInput }
      if status == zt_error_eof { return .end }
      if status == zt_error_no_memory { throw MediaError(.decodeFailed, "no memory to decode") }
      damagedPackets += 1
    }
    return .end
  }

  package func flush() { avcodec_flush_buffers(raw) }
}
