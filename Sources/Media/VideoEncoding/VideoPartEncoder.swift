import Demuxing
import FrameConversion
import CLibAV
package import Core
import LibAV
import MP4
package import MediaTypes
import VideoTracks

/// Encodes one part of a video as H.264: the pictures of its stretch, each once and at its own time.
///
/// The encoder sees the pictures that follow the part as well, because it spends bits on a picture by what later ones take
/// from it. Their packets are dropped: the part's last picture is a P picture, so no picture of the part refers to them.
package enum VideoPartEncoder {
  /// Frames beyond a part that are looked at; x264 looks about 30 ahead.
  private static let mostFollowers = 120

  /// Blocks until the part is written; belongs on a thread of one's own.
  ///
  /// - Parameters:
  ///   - path: where the part is written.
  ///   - progress: called with the seconds of the presentation that have been encoded, ascending.
  /// - Throws: `MediaError` if the pictures cannot be decoded or encoded; errors of `source` unchanged.
  package static func encode(
    _ source: any ByteSource, _ request: VideoPartRequest, to path: String, limits: MediaLimits = MediaLimits(),
    cancellation: CancellationFlag = CancellationFlag(), progress: (Double) -> Void = { _ in }
  ) throws -> PartOutcome {
    let usedBefore = ProcessorTime.ofProcess
    let run = try FrameRun(
      source, stream: request.stream, from: request.from, until: request.until, threads: request.threads,
      limits: limits, cancellation: cancellation)
    let writer = try PartWriter(path: path)
    let encoder = try H264Encoder(request)
    let conversion = Conversion(run, request)
    let cut = request.until.map { ($0 - request.origin) * Int64(request.scale) }
    var ahead: (frame: Frame, time: Int64, lasts: Int64)?
    let begun = request.from?.time ?? request.origin

    // How long pictures last that are within the encoder, by their times.
    var lengths: [Int64: Int64] = [:]
    var given = 0
    func write(_ packet: Packet) throws {
      let time = packet.pts ?? 0
      if let cut, time >= cut { return }
      try writer.add(
        AVCUnits.lengthPrefixed(packet.bytes), isSync: packet.isKey, duration: lengths.removeValue(forKey: time) ?? 0,
        time: time)
    }
    func give(_ frame: Frame) throws {
      let time = frame.raw.pointee.pts
      if cut.map({ time < $0 }) ?? true {
        lengths[time] = zt_duration(frame.raw)
        given += 1
      }
      try encoder.encode(frame, write)
    }
    // The encoder is told how long each picture lasts, which the next one says.
    func encode(_ picture: (frame: Frame, time: Int64, lasts: Int64)) throws {
      try conversion.convert(picture.frame, time: picture.time, lasts: picture.lasts, give)
    }
    var followers = 0
    func isIncomplete() -> Bool { writer.samples.count < given || conversion.holds }
    try run.run { frame, time in
      let lasts = max(0, zt_duration(frame.raw))
      if let ahead {
        if let until = request.until, ahead.time < until, time >= until { conversion.last = ahead.time }
        try encode((ahead.frame, ahead.time, time - ahead.time))
        if followers == 0 { progress(Double(time - begun) * av_q2d(run.stream.pointee.time_base)) }
      }
      if let until = request.until, time >= until { followers += 1 }
      ahead = (frame, time, lasts)
      return followers == 0 || followers < Self.mostFollowers && isIncomplete()
    }
    guard let last = ahead, followers == 0 || given > 0 || conversion.holds else {
      throw MediaError(.decodeFailed, "not a single picture of this part of the video could be decoded")
    }
    if followers == 0 || isIncomplete() {
      try encode(last)
      try conversion.finish(give)
      try encoder.encode(nil, write)
    }
    try writer.finish(.video(encoder.format))
    return PartOutcome(
      samples: writer.samples.count, bytes: writer.bytes, cpuSeconds: ProcessorTime.ofProcess - usedBefore)
  }
}

/// Brings pictures to what the encoder takes, with a filter chain that follows them if they change.
private final class Conversion {
  private let run: FrameRun
  private let request: VideoPartRequest
  private var known: (input: FilterChain.Input, geometry: FrameGeometry, filter: FrameFilter?)?
  /// How long pictures last that are within the filters, by their times.
  private var lengths: [Int64: Int64] = [:]
  /// The part's last picture, if others follow it.
  var last: Int64?

  /// Whether pictures of the part are within the filters.
  var holds: Bool {
    guard let until = request.until else { return false }
    return lengths.keys.contains { $0 < until }
  }

  init(_ run: FrameRun, _ request: VideoPartRequest) {
    self.run = run
    self.request = request
  }

  func convert(_ frame: Frame, time: Int64, lasts: Int64, _ take: (Frame) throws -> Void) throws {
    let input = FilterChain.Input(frame)
    let geometry = run.picture.geometry(of: frame)
    if known?.input != input || known?.geometry != geometry {
      try known?.filter?.run(nil) { try finish($0, take) }
      known = (input, geometry, try makeFilter(input, geometry, frame))
    }
    frame.raw.pointee.pts = time
    lengths[time] = lasts
    if let filter = known?.filter {
      frame.raw.pointee.sample_aspect_ratio = AVRational(num: 1, den: 1)
      try filter.run(frame) { try finish($0, take) }
    } else {
      try finish(frame, take)
    }
  }

  func finish(_ take: (Frame) throws -> Void) throws {
    try known?.filter?.run(nil) { try finish($0, take) }
  }

  private func makeFilter(
    _ input: FilterChain.Input, _ geometry: FrameGeometry, _ frame: Frame
  ) throws -> FrameFilter? {
    let chain = FilterChain(input, to: request.picture, geometry: geometry, isInterlaced: request.isInterlaced)
    return try chain.description.map {
      try FrameFilter($0, like: frame, timeBase: run.stream.pointee.time_base, threads: request.threads)
    }
  }

  /// Times become the track's; the encoder decides of what kind each picture is.
  private func finish(_ frame: Frame, _ take: (Frame) throws -> Void) throws {
    let time = frame.raw.pointee.pts
    let lasts = lengths.removeValue(forKey: time) ?? 0
    frame.raw.pointee.pts = (time - request.origin) * Int64(request.scale)
    zt_set_duration(frame.raw, lasts * Int64(request.scale))
    frame.raw.pointee.pict_type = time == last ? AV_PICTURE_TYPE_P : AV_PICTURE_TYPE_NONE
    frame.raw.pointee.sample_aspect_ratio = AVRational(num: 1, den: 1)
    try take(frame)
  }
}
