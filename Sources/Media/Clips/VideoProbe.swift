package import ClipIndexing
import Demuxing
import VideoDecoding
import CLibAV
import LibAV
package import MediaTypes
package import Core

/// Finds out what a video is and how long it lasts, reading as little of it as possible.
package enum VideoProbe {
  /// Blocks while reading; belongs on a thread of one's own.
  ///
  /// - Throws: `MediaError` where the source is not a video that can be shown; errors of `source` unchanged.
  package static func probe(
    _ source: any ByteSource, limits: MediaLimits = MediaLimits(), cancellation: CancellationFlag = CancellationFlag()
  ) throws -> VideoFacts {
    try examine(source, limits: limits, cancellation: cancellation).facts
  }

  /// The same, and what lets clips be rendered without the file's own index, or without reading all of it; `nil` where that
  /// is not possible or not worth it. Blocks while reading.
  ///
  /// - Parameter leastIndexBytes: An index below that is fetched as quickly as a clip's header. Default 128 KiB.
  /// - Throws: as `probe`.
  package static func survey(
    _ source: any ByteSource, leastIndexBytes: Int64 = 128 << 10, limits: MediaLimits = MediaLimits(),
    cancellation: CancellationFlag = CancellationFlag()
  ) throws -> (facts: VideoFacts, headers: (any ClipHeaders)?) {
    let (facts, demuxer, start) = try examine(source, limits: limits, cancellation: cancellation)
    if let timeline = demuxer.joined {
      return (
        facts,
        TimelineHeaders(
          timeline, sourceSize: source.size, origin: start.origin ?? 0, secondsPerTick: av_q2d(demuxer.timeBase))
      )
    }
    return (facts, try ClipIndexer(demuxer, start: start, leastBytes: leastIndexBytes))
  }

  private static func examine(
    _ source: any ByteSource, limits: MediaLimits, cancellation: CancellationFlag
  ) throws -> (facts: VideoFacts, demuxer: Demuxer, start: StreamStart) {
    let demuxer = try Demuxer(source, analysis: .full, limits: limits, cancellation: cancellation)
    var start = try StreamStart.find(demuxer)
    let picture = try start.firstPicture(demuxer)
    if picture == nil, try TransportScrambling.isScrambled(source, format: demuxer.formatName) {
      throw TransportScrambling.error
    }
    if let picture {
      try StreamChoice.check(width: picture.width, height: picture.height, limits: limits)
      if zt_frame_has_dolby_colours(picture.raw) != 0 { throw StreamChoice.dolbyVision }
    }
    let tail = try StreamTail.find(demuxer, start: start)
    let first = start.origin ?? start.decodingTime.map { $0 + start.delay } ?? 0
    guard let last = tail.lastTime, let end = tail.end else {
      throw MediaError(
        .invalidMedia,
        demuxer.facts.edits > 0
          ? "the edit list of the file's video track shows nothing of the video"
          : "the video's pictures carry no times, so that its length cannot be found")
    }
    let clock = StreamClock(demuxer, measured: tail.frameRate > 0 ? tail.frameRate : start.measuredFrameRate(demuxer))
    let facts = VideoFacts(
      demuxer, picture: picture, frameRate: clock.frameRate,
      startTime: Double(first) * av_q2d(demuxer.timeBase),
      lastFrameTime: clock.seconds(max(0, last - first)),
      length: clock.end(last: max(0, last - first), end: max(1, end - first)),
      isTruncated: tail.isTruncated)
    // One bit of a damaged header can make days of a second.
    guard facts.length <= limits.maximumLength else {
      throw MediaError(
        .tooLarge,
        "the video claims to last \(facts.length) s; at most \(limits.maximumLength) s are processed")
    }
    return (facts, demuxer, start)
  }
}

/// Ticks of a stream to seconds.
struct StreamClock {
  private let timeBase: AVRational
  /// Pictures per second as the container states them, or else as measured; 0 where unknown.
  let frameRate: Double

  /// - Parameter measured: pictures per second, 0 where unknown.
  init(_ demuxer: Demuxer, measured: Double) {
    timeBase = demuxer.timeBase
    frameRate = demuxer.frameRate > 0 ? demuxer.frameRate : measured
  }

  func seconds(_ ticks: Int64) -> Double {
    Double(ticks) * Double(timeBase.num) / Double(timeBase.den)
  }

  /// The end of the last picture. Containers that count in milliseconds round both its time and its duration, which
  /// could make 30 s into 30.001 s: where the last picture stands on the grid of the frame rate, so does its end.
  func end(last: Int64, end: Int64) -> Double {
    let tick = seconds(1)
    let stated = seconds(end)
    guard tick >= 0.0005, frameRate > 0 else { return stated }
    let number = (seconds(last) * frameRate).rounded()
    let exact = (number + 1) / frameRate
    let isOnGrid = abs(seconds(last) - number / frameRate) <= tick && abs(stated - exact) <= 2.5 * tick
    return isOnGrid ? exact : stated
  }
}
