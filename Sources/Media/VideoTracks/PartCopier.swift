import CLibAV
package import Core
import LibAV
import MP4
package import MediaTypes

/// Copies the packets of a stream that fits into a part, times kept.
package enum PartCopier {
  /// Blocks until the part is written; belongs on a thread of one's own.
  ///
  /// - Throws: `MediaError` (`encodeFailed`) if the packets cannot be copied after all: then they must be encoded.
  package static func copyVideo(
    _ source: any ByteSource, _ request: CopyPartRequest, to path: String, limits: MediaLimits = MediaLimits(),
    cancellation: CancellationFlag = CancellationFlag(), progress: (Double) -> Void = { _ in }
  ) throws -> PartOutcome {
    let usedBefore = ProcessorTime.ofProcess
    let file = try SourceFile(source, limits: limits, cancellation: cancellation)
    try file.select([request.stream])
    let stream = file.streams[request.stream].pointee
    let parameters = stream.codecpar.pointee
    let header = UnsafeBufferPointer(start: parameters.extradata, count: Int(parameters.extradata_size))
    let isRecord = header.first == 1
    guard let configuration = isRecord ? Array(header) : AVCUnits.configuration(header) else {
      throw MediaError(.encodeFailed, "the video's parameter sets are missing, so that it cannot be copied")
    }
    let scale = TrackScale(timeBase: Fraction(stream.time_base))
    let origin = Int64((request.origin / av_q2d(stream.time_base)).rounded())
    let writer = try PartWriter(path: path)
    let packet = try Packet()
    let jump = Int64(10 / av_q2d(stream.time_base))
    var last: Int64?
    while try file.read(into: packet) {
      try cancellation.check()
      guard let pts = packet.pts else {
        throw MediaError(.encodeFailed, "pictures without times cannot be copied")
      }
      if !file.isMOV, !file.isMatroska, let dts = packet.dts {
        if let last, dts < last || dts - last > jump {
          throw MediaError(.encodeFailed, "the stream's times jump, so that it cannot be copied")
        }
        last = dts
      }
      // Nothing can be decoded before the first key frame.
      if writer.samples.isEmpty, !packet.isKey { continue }
      try writer.add(
        isRecord ? Array(packet.bytes) : AVCUnits.lengthPrefixed(packet.bytes), isSync: packet.isKey,
        duration: packet.duration * Int64(scale.scale), time: (pts - origin) * Int64(scale.scale))
      progress(Double(pts - origin) * av_q2d(stream.time_base))
    }
    let colour = VideoFormat.Colour(
      primaries: Int(parameters.color_primaries.rawValue), transfer: Int(parameters.color_trc.rawValue),
      matrix: Int(parameters.color_space.rawValue), isFullRange: parameters.color_range == AVCOL_RANGE_JPEG)
    try writer.finish(
      .video(
        VideoFormat(
          width: Int(parameters.width), height: Int(parameters.height), timescale: scale.timescale,
          configuration: configuration, colour: colour.primaries == 2 && colour.matrix == 2 ? nil : colour)))
    return PartOutcome(
      samples: writer.samples.count, bytes: writer.bytes, cpuSeconds: ProcessorTime.ofProcess - usedBefore)
  }

  /// As `copyVideo`, for AAC.
  package static func copyAudio(
    _ source: any ByteSource, _ request: CopyPartRequest, to path: String, limits: MediaLimits = MediaLimits(),
    cancellation: CancellationFlag = CancellationFlag(), progress: (Double) -> Void = { _ in }
  ) throws -> PartOutcome {
    let usedBefore = ProcessorTime.ofProcess
    let file = try SourceFile(source, limits: limits, cancellation: cancellation)
    try file.select([request.stream])
    let stream = file.streams[request.stream].pointee
    let parameters = stream.codecpar.pointee
    let rate = Int(parameters.sample_rate)
    var configuration = Array(
      UnsafeBufferPointer(start: parameters.extradata, count: Int(parameters.extradata_size)))
    let writer = try PartWriter(path: path)
    let packet = try Packet()
    var next: Int64?
    while try file.read(into: packet) {
      try cancellation.check()
      guard let pts = packet.pts else { throw MediaError(.encodeFailed, "sound without times cannot be copied") }
      var bytes = packet.bytes[...]
      if let frame = ADTSHeader(packet.bytes) {
        if configuration.isEmpty { configuration = frame.configuration }
        bytes = bytes.dropFirst(frame.size)
      }
      let stated = Int64(
        ((Double(pts) * av_q2d(stream.time_base) - request.origin) * Double(rate)).rounded())
      // Times that containers round do not make gaps.
      let time = next.map { abs(stated - $0) < Int64(rate) / 100 ? $0 : max($0, stated) } ?? stated
      try writer.add(Array(bytes), isSync: true, duration: 1024, time: time)
      next = time + 1024
      progress(Double(time) / Double(rate))
    }
    guard configuration.count >= 2 else {
      throw MediaError(.encodeFailed, "the sound's configuration is missing, so that it cannot be copied")
    }
    try writer.finish(
      .audio(
        AudioFormat(
          sampleRate: rate, channels: Int(parameters.ch_layout.nb_channels), configuration: configuration,
          bitRate: Int(parameters.bit_rate))))
    return PartOutcome(
      samples: writer.samples.count, bytes: writer.bytes, cpuSeconds: ProcessorTime.ofProcess - usedBefore)
  }
}

/// The header of an AAC frame in a transport stream (ISO/IEC 13818-7 §6.2).
private struct ADTSHeader {
  let size: Int
  /// The same as an AudioSpecificConfig.
  let configuration: [UInt8]

  init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard bytes.count > 9, bytes[0] == 0xff, bytes[1] & 0xf6 == 0xf0 else { return nil }
    size = bytes[1] & 1 == 1 ? 7 : 9
    let profile = (bytes[2] >> 6) + 1
    let rate = bytes[2] >> 2 & 15
    let channels = (bytes[2] & 1) << 2 | bytes[3] >> 6
    configuration = [profile << 3 | rate >> 1, (rate & 1) << 7 | channels << 3]
  }
}

/// How a stream's ticks become those of a track in an MP4 file.
package struct TrackScale: Sendable, Equatable {
  /// Ticks per second of the track.
  package let timescale: Int
  /// Ticks of the track in one of the stream.
  package let scale: Int

  package init(timeBase: Fraction) {
    timescale = max(1, timeBase.denominator)
    scale = max(1, timeBase.numerator)
  }
}
