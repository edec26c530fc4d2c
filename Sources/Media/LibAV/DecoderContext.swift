package import CLibAV
package import MediaTypes

/// An open decoder of libavcodec: packets in, frames out.
package final class DecoderContext {
  private var context: UnsafeMutablePointer<AVCodecContext>?
  package var raw: UnsafeMutablePointer<AVCodecContext> { context! }
  /// Calls so far that failed because of damaged data.
  package private(set) var failures = 0

  /// - Parameters:
  ///   - subject: how an error sentence names the codec: "the video's codec".
  ///   - preferred: a decoder that goes before libavcodec's own choice.
  ///   - threads: 1 decodes on the caller's thread.
  ///   - prepare: sets what else is to be set before the decoder is opened.
  package init(
    _ stream: UnsafeMutablePointer<AVStream>, subject: String, preferred: UnsafePointer<AVCodec>? = nil, threads: Int,
    prepare: (UnsafeMutablePointer<AVCodecContext>) -> Void = { _ in }
  ) throws(MediaError) {
    let parameters = stream.pointee.codecpar!
    let id = parameters.pointee.codec_id
    let name = String(cString: avcodec_get_name(id))
    guard let codec = preferred ?? avcodec_find_decoder(id) else {
      throw MediaError(.unsupportedCodec, "\(subject) '\(name)' cannot be decoded here")
    }
    guard let context = avcodec_alloc_context3(codec) else {
      throw MediaError(.decodeFailed, "no memory for the '\(name)' decoder")
    }
    self.context = context
    avcodec_parameters_to_context(context, parameters)
    context.pointee.pkt_timebase = stream.pointee.time_base
    context.pointee.thread_count = Int32(threads)
    context.pointee.thread_type = FF_THREAD_FRAME | FF_THREAD_SLICE
    prepare(context)
    let status = avcodec_open2(context, codec, nil)
    guard status >= 0 else {
      throw MediaError(.unsupportedCodec, "\(subject) '\(name)' cannot be decoded here: \(LibAVError(status))")
    }
  }

  deinit { close() }

  /// Frees the decoder, which must not be used any more; frames taken from it stay.
  package func close() { avcodec_free_context(&context) }

  package enum Output { case frame, needsInput, end }

  /// Gives the decoder one packet, or with `nil` the end of the stream. Every frame must have been taken before.
  package func send(_ packet: Packet?) throws(MediaError) {
    let status = avcodec_send_packet(raw, packet?.raw)
    if status == zt_error_no_memory { throw MediaError(.decodeFailed, "no memory to decode") }
    if status < 0 && status != zt_error_eof { failures += 1 }
  }

  /// Takes the next frame. Damaged data is passed over, as players do, and counted in `failures`.
  package func receive(into frame: Frame) throws(MediaError) -> Output {
    // Every failed call uses up data that the decoder holds; more failures than it can hold mean it is stuck.
    for _ in 0..<256 {
      let status = avcodec_receive_frame(raw, frame.raw)
      if status >= 0 { return .frame }
      if status == zt_error_again { return .needsInput }
      if status == zt_error_eof { return .end }
      if status == zt_error_no_memory { throw MediaError(.decodeFailed, "no memory to decode") }
      failures += 1
    }
    return .end
  }

  /// Forgets everything, as after a seek.
  package func flush() { avcodec_flush_buffers(raw) }
}
