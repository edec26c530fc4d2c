import CLibAV
package import MediaTypes
package import LibAV

/// One video decoder.
package final class Decoder {
  private var context: UnsafeMutablePointer<AVCodecContext>?
  private var raw: UnsafeMutablePointer<AVCodecContext> { context! }

  private let crop: FrameCrop?
  private var orientation = CodedOrientation()
  private let canvas: WebPCanvas?

  /// For the video stream of `demuxer`.
  ///
  /// - Parameter threads: decoder threads; 1 decodes on the caller's thread.
  package init(_ demuxer: Demuxer, threads: Int) throws(MediaError) {
    let stream = demuxer.stream
    crop = demuxer.facts.crop
    canvas = demuxer.animation.map { WebPCanvas($0) }
    let parameters = stream.pointee.codecpar!
    let id = parameters.pointee.codec_id
    let name = String(cString: avcodec_get_name(id))
    guard let codec = avcodec_find_decoder(id) else {
      throw MediaError(.unsupportedCodec, "the video's codec '\(name)' cannot be decoded here")
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
      throw MediaError(.unsupportedCodec, "the video's codec '\(name)' cannot be decoded here: \(LibAVError(status))")
    }
  }

  deinit { close() }

  /// Frees the decoder, which must not be used any more; pictures taken from it stay.
  package func close() { avcodec_free_context(&context) }

  /// Whether any data so far could not be decoded.
  package private(set) var sawDamage = false

  package enum Output { case frame, needsInput, end }

  /// What may be skipped for a picture, all of it only where no other picture refers to this one.
  package enum Treatment {
    case exact
    /// Block edges are not smoothed: the in-loop filter is left out.
    case unfiltered
    /// This picture itself is not needed.
    case droppable
  }

  /// Leaves the in-loop filter out of every picture, those that others refer to included: errors then add up until the
  /// next key frame. Only for pictures that are made many times smaller.
  package var leavesOutFilter = false

  /// Gives the decoder one packet, or with `nil` the end of the stream. Every frame must have been taken before.
  package func send(_ packet: Packet?, _ treatment: Treatment = .exact) throws(MediaError) {
    raw.pointee.skip_frame = treatment == .droppable ? AVDISCARD_NONREF : AVDISCARD_DEFAULT
    raw.pointee.skip_loop_filter =
      leavesOutFilter ? AVDISCARD_ALL : treatment == .unfiltered ? AVDISCARD_NONREF : AVDISCARD_DEFAULT
    let status = avcodec_send_packet(raw, packet?.raw)
    if status == zt_error_no_memory { throw MediaError(.decodeFailed, "no memory to decode") }
    if status < 0 && status != zt_error_eof { sawDamage = true }
  }

  /// Takes the next picture. Damaged data is passed over, as players do, and remembered in `sawDamage`.
  package func receive(into frame: Frame) throws(MediaError) -> Output {
    // Every failed call uses up data that the decoder holds; more failures than it can hold mean it is stuck.
    for _ in 0..<256 {
      let status = avcodec_receive_frame(raw, frame.raw)
      if status >= 0 {
        orientation.follow(frame)
        crop?.apply(to: frame)
        if let canvas { try canvas.complete(frame) }
        return .frame
      }
      if status == zt_error_again { return .needsInput }
      if status == zt_error_eof { return .end }
      if status == zt_error_no_memory { throw MediaError(.decodeFailed, "no memory to decode") }
      sawDamage = true
    }
    return .end
  }

  /// Whether pictures may come out in another order than packets go in, as far as the decoder knows.
  package var reorders: Bool { raw.pointee.has_b_frames > 0 }

  /// Forgets everything, as after a seek.
  package func flush() { avcodec_flush_buffers(raw) }

  /// Pictures that depend on missing ones are shown too, as far as they could be decoded.
  package var showsDamaged: Bool {
    get { raw.pointee.flags & AV_CODEC_FLAG_OUTPUT_CORRUPT != 0 }
    set {
      if newValue {
        raw.pointee.flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT
      } else {
        raw.pointee.flags &= ~AV_CODEC_FLAG_OUTPUT_CORRUPT
      }
    }
  }
}
