import AudioDecoding
import CLibAV
import Core
import Demuxing
import FrameConversion
import Images
import LibAV
import MediaTypes

/// The picture that an audio file brings along.
enum CoverArt {
  /// Blocks while reading.
  ///
  /// - Returns: `nil` if the file is no audio, or has no cover that can be decoded.
  /// - Throws: `MediaError` (`tooLarge`); errors of `source` unchanged.
  static func read(
    _ source: any ByteSource, width: Int, limits: MediaLimits, cancellation: CancellationFlag
  ) throws -> RGBImage? {
    let cover: AudioTags.Cover
    do {
      guard let found = try AudioInput(source, limits: limits, cancellation: cancellation).tags.cover else {
        return nil
      }
      cover = found
    } catch let error as MediaError where error.kind != .cancelled {
      return nil
    }
    try StreamChoice.check(width: cover.width, height: cover.height, limits: limits)
    guard let frame = try decode(cover, limits: limits) else { return nil }
    let geometry = FrameGeometry(
      codedWidth: frame.width, codedHeight: frame.height, sampleAspect: AVRational(num: 1, den: 1),
      orientation: Orientation(matrix: zt_frame_matrix(frame.raw)))
    return try PosterFrame.image(frame, geometry, width: width)
  }

  private static func decode(_ cover: AudioTags.Cover, limits: MediaLimits) throws(MediaError) -> Frame? {
    let id =
      switch cover.format {
      case .jpeg: AV_CODEC_ID_MJPEG
      case .png: AV_CODEC_ID_PNG
      }
    guard let codec = avcodec_find_decoder(id) else { return nil }
    var context = avcodec_alloc_context3(codec)
    defer { avcodec_free_context(&context) }
    guard let context else { throw MediaError(.decodeFailed, "no memory for the cover") }
    context.pointee.thread_count = 1
    // What the header of the picture says counts, not what the file says of it.
    context.pointee.max_pixels = Int64(limits.maximumArea)
    guard avcodec_open2(context, codec, nil) >= 0 else { return nil }
    let packet = try Packet()
    guard av_new_packet(packet.raw, Int32(clamping: cover.bytes.count)) >= 0 else {
      throw MediaError(.decodeFailed, "no memory for the cover")
    }
    cover.bytes.withUnsafeBufferPointer { packet.raw.pointee.data.update(from: $0.baseAddress!, count: $0.count) }
    let frame = try Frame()
    guard avcodec_send_packet(context, packet.raw) >= 0 else { return nil }
    if avcodec_receive_frame(context, frame.raw) >= 0 { return frame }
    avcodec_send_packet(context, nil)
    return avcodec_receive_frame(context, frame.raw) >= 0 ? frame : nil
  }
}
