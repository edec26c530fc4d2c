package import CLibAV
package import Demuxing
package import LibAV
package import MediaTypes

/// A decoder of any stream, pictures or sound.
package final class StreamDecoder {
  private var context: UnsafeMutablePointer<AVCodecContext>?
  package var raw: UnsafeMutablePointer<AVCodecContext> { context! }

  private let crop: FrameCrop?
  private var orientation = CodedOrientation()

  /// - Parameters:
  ///   - crop: what is cut off the pictures.
  ///   - threads: 1 decodes on the caller's thread.
  package init(
    _ stream: UnsafeMutablePointer<AVStream>, crop: FrameCrop? = nil, threads: Int
  ) throws(MediaError) {
    self.crop = crop
    let parameters = stream.pointee.codecpar!
    let name = String(cString: avcodec_get_name(parameters.pointee.codec_id))
    guard let codec = avcodec_find_decoder(parameters.pointee.codec_id) else {
      throw MediaError(.unsupportedCodec, "the codec '\(name)' cannot be decoded here")
    }
    guard let context = avcodec_alloc_context3(codec) else {
      throw MediaError(.decodeFailed, "no memory for the '\(name)' decoder")
    }
    self.context = context
    avcodec_parameters_to_context(context, parameters)
    context.pointee.pkt_timebase = stream.pointee.time_base
    context.pointee.thread_count = Int32(threads)
    context.pointee.thread_type = FF_THREAD_FRAME | FF_THREAD_SLICE
    let status = avcodec_open2(context, codec, nil)
    guard status >= 0 else {
      throw MediaError(.unsupportedCodec, "the codec '\(name)' cannot be decoded here: \(LibAVError(status))")
    }
  }

  deinit { avcodec_free_context(&context) }

  /// Gives the decoder one packet, or with `nil` the end. Damaged data is passed over, as players do.
  package func send(_ packet: Packet?) throws(MediaError) {
    let status = avcodec_send_packet(raw, packet?.raw)
    if status == zt_error_no_memory { throw MediaError(.decodeFailed, "no memory to decode") }
  }

  package enum Output { case frame, needsInput, end }

  package func receive(into frame: Frame) throws(MediaError) -> Output {
    // Every failed call uses up data that the decoder holds; more failures than it can hold mean it is stuck.
    for _ in 0..<256 {
      let status = avcodec_receive_frame(raw, frame.raw)
      if status >= 0 {
        orientation.follow(frame)
        crop?.apply(to: frame)
        return .frame
      }
      if status == zt_error_again { return .needsInput }
      if status == zt_error_eof { return .end }
      if status == zt_error_no_memory { throw MediaError(.decodeFailed, "no memory to decode") }
    }
    return .end
  }

  /// Forgets everything, as after a seek.
  package func flush() { avcodec_flush_buffers(raw) }
}
