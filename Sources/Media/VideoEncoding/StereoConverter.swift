import CLibAV
import CLibSWResample
import LibAV
import MediaTypes

/// Sound of any kind to stereo at one rate, made again when the sound changes.
final class StereoConverter {
  private var context: OpaquePointer?
  private var known: (format: Int32, rate: Int32, channels: Int32)?
  private let rate: Int

  /// - Parameter rate: samples per second that come out.
  init(rate: Int) { self.rate = rate }

  deinit { swr_free(&context) }

  /// Left and right samples that are ready; what is within the resampler follows later.
  struct Output {
    var left: [Float] = []
    var right: [Float] = []
  }

  /// - Parameter skipping: samples at the frame's beginning that are left out.
  func convert(_ frame: Frame, skipping: Int = 0) throws(MediaError) -> Output {
    let raw = frame.raw.pointee
    var output = Output()
    if known.map({ $0 != (raw.format, raw.sample_rate, raw.ch_layout.nb_channels) }) ?? true {
      if context != nil { output = try flush() }
      try prepare(raw)
    }
    let count = Int(raw.nb_samples) - skipping
    guard count > 0 else { return output }
    let format = AVSampleFormat(raw.format)
    let isPlanar = av_sample_fmt_is_planar(format) != 0
    let channels = Int(raw.ch_layout.nb_channels)
    let bytes = Int(av_get_bytes_per_sample(format)) * (isPlanar ? 1 : channels) * skipping
    let planes: [UnsafePointer<UInt8>?] = (0..<(isPlanar ? channels : 1)).map {
      UnsafePointer(raw.extended_data[$0]!) + bytes
    }
    let more = try convert(planes, count)
    output.left += more.left
    output.right += more.right
    return output
  }

  /// As much silence as `count` samples of the sound that comes in; at most a second at a time.
  func silence(_ count: Int, like frame: Frame) throws(MediaError) -> Output {
    let raw = frame.raw.pointee
    if known == nil { try prepare(raw) }
    guard let known else { return Output() }
    let format = AVSampleFormat(known.format)
    let planes = av_sample_fmt_is_planar(format) != 0 ? Int(known.channels) : 1
    var data = [UnsafeMutablePointer<UInt8>?](repeating: nil, count: planes)
    guard av_samples_alloc(&data, nil, known.channels, Int32(count), format, 0) >= 0 else {
      throw MediaError(.encodeFailed, "no memory for silence")
    }
    defer { av_free(data[0]) }
    av_samples_set_silence(&data, 0, Int32(count), known.channels, format)
    return try convert(data.map { UnsafePointer($0) }, count)
  }

  /// What is left within the resampler.
  func flush() throws(MediaError) -> Output { context == nil ? Output() : try convert(nil, 0) }

  /// Samples per second of what comes in.
  var inputRate: Int? { known.map { Int($0.rate) } }

  private func convert(_ planes: [UnsafePointer<UInt8>?]?, _ count: Int) throws(MediaError) -> Output {
    let room = Int(swr_get_out_samples(context, Int32(count))) + 64
    var output = Output(left: [Float](repeating: 0, count: room), right: [Float](repeating: 0, count: room))
    var planes = planes
    let made = output.left.withUnsafeMutableBytes { left in
      output.right.withUnsafeMutableBytes { right in
        var outputs: [UnsafeMutablePointer<UInt8>?] = [left, right].map {
          $0.baseAddress!.assumingMemoryBound(to: UInt8.self)
        }
        guard planes != nil else { return swr_convert(context, &outputs, Int32(room), nil, 0) }
        return swr_convert(context, &outputs, Int32(room), &planes!, Int32(count))
      }
    }
    guard made >= 0 else { throw MediaError(.encodeFailed, "the sound cannot be converted: \(LibAVError(made))") }
    output.left.removeLast(room - Int(made))
    output.right.removeLast(room - Int(made))
    return output
  }

  private func prepare(_ raw: AVFrame) throws(MediaError) {
    swr_free(&context)
    var from = AVChannelLayout()
    var stereo = AVChannelLayout()
    av_channel_layout_default(&stereo, 2)
    if raw.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC {
      av_channel_layout_default(&from, raw.ch_layout.nb_channels)
    } else {
      var stated = raw.ch_layout
      av_channel_layout_copy(&from, &stated)
    }
    defer {
      av_channel_layout_uninit(&from)
      av_channel_layout_uninit(&stereo)
    }
    var status = swr_alloc_set_opts2(
      &context, &stereo, AV_SAMPLE_FMT_FLTP, Int32(rate), &from, AVSampleFormat(raw.format), raw.sample_rate, 0, nil)
    if status >= 0 { status = swr_init(context) }
    guard status >= 0 else {
      throw MediaError(
        .encodeFailed, "sound of \(raw.ch_layout.nb_channels) channels cannot be converted: \(LibAVError(status))")
    }
    known = (raw.format, raw.sample_rate, raw.ch_layout.nb_channels)
  }
}
