import CLibAV
import Images
import LibAV
import MediaTypes

/// Pictures as lossy WebP.
enum WebPEncoder {
  /// - Parameter quality: libwebp's scale, 0 ... 100.
  static func encode(_ picture: RGBImage, quality: Int) throws(MediaError) -> [UInt8] {
    _ = LibAVLog.silenced
    guard let codec = avcodec_find_encoder_by_name("libwebp") else {
      throw MediaError(.unsupportedCodec, "this installation has no WebP encoder")
    }
    var context = avcodec_alloc_context3(codec)
    defer { avcodec_free_context(&context) }
    guard let context else { throw MediaError(.encodeFailed, "no memory for a WebP") }
    context.pointee.width = Int32(picture.width)
    context.pointee.height = Int32(picture.height)
    context.pointee.pix_fmt = AV_PIX_FMT_BGRA
    context.pointee.time_base = AVRational(num: 1, den: 1)
    var options: OpaquePointer?
    defer { av_dict_free(&options) }
    av_dict_set(&options, "quality", "\(quality)", 0)
    var status = avcodec_open2(context, codec, &options)
    let frame = try Frame()
    frame.raw.pointee.width = Int32(picture.width)
    frame.raw.pointee.height = Int32(picture.height)
    frame.raw.pointee.format = AV_PIX_FMT_BGRA.rawValue
    if status >= 0 { status = av_frame_get_buffer(frame.raw, 0) }
    guard status >= 0 else { throw MediaError(.encodeFailed, "a WebP cannot be made: \(LibAVError(status))") }
    for y in 0..<picture.height {
      let row = zt_plane(frame.raw, 0) + y * Int(zt_stride(frame.raw, 0))
      for x in 0..<picture.width {
        let at = 3 * (y * picture.width + x)
        row[4 * x] = picture.pixels[at + 2]
        row[4 * x + 1] = picture.pixels[at + 1]
        row[4 * x + 2] = picture.pixels[at]
        row[4 * x + 3] = 255
      }
    }
    let packet = try Packet()
    status = avcodec_send_frame(context, frame.raw)
    if status >= 0 { status = avcodec_receive_packet(context, packet.raw) }
    if status == zt_error_again {
      status = avcodec_send_frame(context, nil)
      if status >= 0 { status = avcodec_receive_packet(context, packet.raw) }
    }
    guard status >= 0 else { throw MediaError(.encodeFailed, "a WebP cannot be made: \(LibAVError(status))") }
    return Array(packet.bytes)
  }
}
