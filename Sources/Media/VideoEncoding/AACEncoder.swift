import CLibAV
import LibAV
import MP4
import MediaTypes

/// AAC, stereo, 128 kbit/s: the sound of every proxy.
final class AACEncoder {
  private var context: UnsafeMutablePointer<AVCodecContext>?
  private let packet: Packet
  private let frame: Frame
  private var left: [Float] = []
  private var right: [Float] = []
  private var taken = 0
  private var given: Int64 = 0
  let format: AudioFormat
  /// Samples that a decoder puts out before the first one that was put in.
  let priming: Int

  static let bitRate = 128_000
  /// Samples of a frame.
  static let frameSize = 1024

  /// - Parameter rate: samples per second, one of those that AAC knows.
  init(rate: Int) throws(MediaError) {
    packet = try Packet()
    frame = try Frame()
    guard let codec = avcodec_find_encoder_by_name("aac"), let context = avcodec_alloc_context3(codec) else {
      throw MediaError(.unsupportedCodec, "this installation has no AAC encoder")
    }
    self.context = context
    context.pointee.sample_fmt = AV_SAMPLE_FMT_FLTP
    context.pointee.sample_rate = Int32(rate)
    av_channel_layout_default(&context.pointee.ch_layout, 2)
    context.pointee.bit_rate = Int64(Self.bitRate)
    context.pointee.time_base = AVRational(num: 1, den: Int32(rate))
    context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
    // The encoder's own threads would only spread one stream's frames.
    context.pointee.thread_count = 1
    let status = avcodec_open2(context, codec, nil)
    guard status >= 0 else { throw MediaError(.encodeFailed, "the AAC encoder does not start: \(LibAVError(status))") }
    let configuration = UnsafeBufferPointer(
      start: context.pointee.extradata, count: Int(context.pointee.extradata_size))
    // The first two bytes hold all of a plain configuration; what follows states that there is no extension.
    format = AudioFormat(
      sampleRate: rate, channels: 2, configuration: Array(configuration), bitRate: Self.bitRate)
    priming = Int(context.pointee.initial_padding)
  }

  deinit { avcodec_free_context(&context) }

  /// Samples that have been put in.
  var count: Int64 { given + Int64(left.count - taken) }

  /// Takes samples and hands over the frames that are full, as bytes.
  func encode(_ samples: StereoConverter.Output, _ take: (Packet) throws -> Void) throws {
    left += samples.left
    right += samples.right
    while left.count - taken >= Self.frameSize { try give(Self.frameSize, take) }
    if taken > 1 << 16 {
      left.removeFirst(taken)
      right.removeFirst(taken)
      taken = 0
    }
  }

  func finish(_ take: (Packet) throws -> Void) throws {
    if left.count > taken { try give(left.count - taken, take) }
    try send(nil, take)
  }

  private func give(_ count: Int, _ take: (Packet) throws -> Void) throws {
    av_frame_unref(frame.raw)
    frame.raw.pointee.nb_samples = Int32(count)
    frame.raw.pointee.format = AV_SAMPLE_FMT_FLTP.rawValue
    frame.raw.pointee.sample_rate = context!.pointee.sample_rate
    av_channel_layout_default(&frame.raw.pointee.ch_layout, 2)
    guard av_frame_get_buffer(frame.raw, 0) >= 0 else { throw MediaError(.encodeFailed, "no memory for sound") }
    for (plane, samples) in [left, right].enumerated() {
      samples.withUnsafeBytes { source in
        zt_plane(frame.raw, Int32(plane)).update(
          from: source.baseAddress!.assumingMemoryBound(to: UInt8.self) + 4 * taken, count: 4 * count)
      }
    }
    frame.raw.pointee.pts = given
    taken += count
    given += Int64(count)
    try send(frame, take)
  }

  private func send(_ frame: Frame?, _ take: (Packet) throws -> Void) throws {
    let status = avcodec_send_frame(context, frame?.raw)
    guard status >= 0 || frame == nil else {
      throw MediaError(.encodeFailed, "sound cannot be encoded: \(LibAVError(status))")
    }
    while true {
      av_packet_unref(packet.raw)
      let status = avcodec_receive_packet(context, packet.raw)
      if status == zt_error_again || status == zt_error_eof { return }
      guard status >= 0 else { throw MediaError(.encodeFailed, "sound cannot be encoded: \(LibAVError(status))") }
      try take(packet)
    }
  }
}
