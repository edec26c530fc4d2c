import CLibAV
import Images
import LibAV
import MediaTypes

/// An endless animated WebP by libwebp, which codes between frames and gives the file at its end.
///
/// libwebp holds the coded frames and a few pictures, so that memory grows with the file.
final class CollectedWebP: AnimationWriter {
  /// libwebp's scale of lossy coding, 0 ... 100.
  private static let quality = 75

  let width: Int
  let height: Int
  private let framesPerSecond: Int
  private let output: ([UInt8]) throws -> Void
  private var context: UnsafeMutablePointer<AVCodecContext>?
  private let packet: Packet
  private var shown = 0

  init(
    width: Int, height: Int, framesPerSecond: Int, output: @escaping ([UInt8]) throws -> Void
  ) throws(MediaError) {
    _ = LibAVLog.silenced
    self.width = width
    self.height = height
    self.framesPerSecond = framesPerSecond
    self.output = output
    packet = try Packet()
    guard let codec = avcodec_find_encoder_by_name("libwebp_anim"), let context = avcodec_alloc_context3(codec) else {
      throw MediaError(.unsupportedCodec, "this installation has no encoder of animated WebP")
    }
    self.context = context
    context.pointee.width = Int32(width)
    context.pointee.height = Int32(height)
    context.pointee.pix_fmt = AV_PIX_FMT_BGRA
    context.pointee.time_base = AVRational(num: 1, den: Int32(framesPerSecond))
    var options: OpaquePointer?
    defer { av_dict_free(&options) }
    av_dict_set(&options, "quality", "\(Self.quality)", 0)
    let status = avcodec_open2(context, codec, &options)
    guard status >= 0 else {
      throw MediaError(.encodeFailed, "an animated WebP cannot be made: \(LibAVError(status))")
    }
  }

  deinit { avcodec_free_context(&context) }

  func add(_ picture: RGBImage, frames: Int) throws {
    let frame = try Frame()
    frame.raw.pointee.width = Int32(width)
    frame.raw.pointee.height = Int32(height)
    frame.raw.pointee.format = AV_PIX_FMT_BGRA.rawValue
    guard av_frame_get_buffer(frame.raw, 0) >= 0 else { throw MediaError(.encodeFailed, "no memory for a frame") }
    for y in 0..<height {
      let row = zt_plane(frame.raw, 0) + y * Int(zt_stride(frame.raw, 0))
      let source = picture.pixels + y * picture.stride
      for x in 0..<width {
        row[4 * x] = source[3 * x + 2]
        row[4 * x + 1] = source[3 * x + 1]
        row[4 * x + 2] = source[3 * x]
        row[4 * x + 3] = 255
      }
    }
    // Also frames that repeat the one before: libwebp merges them, and makes the last one as long as the others are on
    // average.
    for _ in 0..<frames {
      frame.raw.pointee.pts = Int64(shown)
      shown += 1
      let status = avcodec_send_frame(context, frame.raw)
      guard status >= 0 else { throw MediaError(.encodeFailed, "a frame cannot be coded: \(LibAVError(status))") }
    }
  }

  func finish() throws -> AnimationConverter.Result {
    var result = AnimationConverter.Result()
    (result.width, result.height, result.frames) = (width, height, shown)
    result.seconds = Double(shown) / Double(framesPerSecond)
    guard shown > 0 else { return result }
    avcodec_send_frame(context, nil)
    while true {
      let status = avcodec_receive_packet(context, packet.raw)
      if status == zt_error_eof { break }
      guard status >= 0 else {
        throw MediaError(.encodeFailed, "an animated WebP cannot be made: \(LibAVError(status))")
      }
      let bytes = Array(packet.bytes)
      result.bytes += bytes.count
      try output(bytes)
      av_packet_unref(packet.raw)
    }
    return result
  }
}
