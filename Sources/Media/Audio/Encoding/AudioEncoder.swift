import AudioDecoding
import CLibAV
import LibAV
import MediaTypes

/// One audio encoder with the settings of a plan; takes any number of samples at a time.
final class AudioEncoder {
  let plan: EncodingPlan
  private var context: UnsafeMutablePointer<AVCodecContext>?
  var raw: UnsafeMutablePointer<AVCodecContext> { context! }
  private var fifo: OpaquePointer?
  private let frame: Frame
  private let packet: Packet
  /// Samples per channel that were taken.
  private(set) var samples: Int64 = 0
  private var encoded: Int64 = 0

  init(_ plan: EncodingPlan) throws(MediaError) {
    self.plan = plan
    frame = try Frame()
    packet = try Packet()
    guard let codec = avcodec_find_encoder_by_name(plan.encoder), let context = avcodec_alloc_context3(codec) else {
      throw MediaError(.unsupportedCodec, "this installation of libav cannot encode with '\(plan.encoder)'")
    }
    self.context = context
    context.pointee.sample_rate = Int32(plan.layout.rate)
    context.pointee.ch_layout = plan.layout.channels.raw
    context.pointee.sample_fmt = plan.layout.format
    context.pointee.time_base = zt_rational(1, Int32(plan.layout.rate))
    context.pointee.thread_count = 1
    if plan.target != .mp3 { context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER }
    switch plan.rate {
    case .quality(let quality):
      context.pointee.flags |= AV_CODEC_FLAG_QSCALE
      context.pointee.global_quality = Int32((quality * Double(FF_QP2LAMBDA)).rounded())
    case .constant(let bits):
      context.pointee.bit_rate = Int64(bits)
    case .lossless:
      context.pointee.bits_per_raw_sample = Int32(plan.bits)
      if plan.target == .flac { context.pointee.compression_level = 8 }
    }
    let status = avcodec_open2(context, codec, nil)
    guard status >= 0 else {
      throw MediaError(.encodeFailed, "the encoder '\(plan.encoder)' refuses the audio: \(LibAVError(status))")
    }
    fifo = av_audio_fifo_alloc(
      plan.layout.format, Int32(plan.layout.channels.count), max(1, context.pointee.frame_size * 2))
    guard fifo != nil else { throw MediaError(.encodeFailed, "no memory to encode") }
    frame.raw.pointee.format = plan.layout.format.rawValue
    frame.raw.pointee.sample_rate = Int32(plan.layout.rate)
    frame.raw.pointee.ch_layout = plan.layout.channels.raw
  }

  deinit {
    av_audio_fifo_free(fifo)
    avcodec_free_context(&context)
  }

  /// Samples per channel of one packet.
  var frameSize: Int { raw.pointee.frame_size > 0 ? Int(raw.pointee.frame_size) : 4096 }
  /// Samples that the encoder puts before the first one.
  var delay: Int { Int(raw.pointee.initial_padding) }

  /// Takes samples, and gives every packet that is complete to `body`.
  func encode(_ planes: [UnsafeMutablePointer<UInt8>?], _ count: Int, _ body: (Packet) throws -> Void) throws {
    let status = planes.withUnsafeBufferPointer { planes in
      planes.baseAddress!.withMemoryRebound(to: UnsafeMutableRawPointer?.self, capacity: planes.count) {
        av_audio_fifo_write(fifo, UnsafeMutablePointer(mutating: $0), Int32(count))
      }
    }
    if status < 0 { throw MediaError(.encodeFailed, "no memory to encode") }
    samples += Int64(count)
    while Int(av_audio_fifo_size(fifo)) >= frameSize { try encodeFrame(frameSize, body) }
  }

  /// Encodes what is left.
  func finish(_ body: (Packet) throws -> Void) throws {
    let rest = Int(av_audio_fifo_size(fifo))
    if rest > 0 { try encodeFrame(rest, body) }
    try send(nil, body)
  }

  private func encodeFrame(_ count: Int, _ body: (Packet) throws -> Void) throws {
    // The encoder may still hold the last frame's memory.
    let raw = frame.raw
    raw.pointee.nb_samples = Int32(count)
    var status: Int32 = 0
    if raw.pointee.buf.0 == nil || frameCapacity < count {
      av_frame_unref(raw)
      raw.pointee.format = plan.layout.format.rawValue
      raw.pointee.sample_rate = Int32(plan.layout.rate)
      raw.pointee.ch_layout = plan.layout.channels.raw
      raw.pointee.nb_samples = Int32(frameSize)
      status = av_frame_get_buffer(raw, 0)
      frameCapacity = frameSize
    } else {
      status = av_frame_make_writable(raw)
    }
    if status < 0 { throw MediaError(.encodeFailed, "no memory to encode") }
    raw.pointee.nb_samples = Int32(count)
    raw.pointee.extended_data.withMemoryRebound(to: UnsafeMutableRawPointer?.self, capacity: plan.layout.planes) {
      _ = av_audio_fifo_read(fifo, $0, Int32(count))
    }
    raw.pointee.pts = encoded
    encoded += Int64(count)
    try send(raw, body)
  }

  private var frameCapacity = 0

  private func send(_ frame: UnsafeMutablePointer<AVFrame>?, _ body: (Packet) throws -> Void) throws {
    let status = avcodec_send_frame(raw, frame)
    if status < 0, status != zt_error_eof {
      throw MediaError(.encodeFailed, "encoding failed: \(LibAVError(status))")
    }
    while true {
      let status = avcodec_receive_packet(raw, packet.raw)
      if status == zt_error_again || status == zt_error_eof { return }
      if status < 0 { throw MediaError(.encodeFailed, "encoding failed: \(LibAVError(status))") }
      try body(packet)
      av_packet_unref(packet.raw)
    }
  }
}
