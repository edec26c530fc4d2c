package import Demuxing

/// Makes the `ClipHeader`s of a video.
package protocol ClipHeaders: Sendable {
  /// The header of the clip that shows the seconds `start` ..< `end`.
  ///
  /// - Returns: `nil` where the clip must be read with the file's own index.
  func header(start: Int, end: Double) -> ClipHeader?
}

/// Those of a video whose times may jump: each has what joins them near its clip, so that the file need not be read from
/// its beginning to find out.
package struct TimelineHeaders: ClipHeaders {
  private let timeline: JoinedTimeline
  private let sourceSize: Int64
  private let origin: Int64
  private let secondsPerTick: Double

  /// Seconds before a clip in which a key frame is looked for.
  private static let reach = 100.0

  package init(_ timeline: JoinedTimeline, sourceSize: Int64, origin: Int64, secondsPerTick: Double) {
    self.timeline = timeline
    self.sourceSize = sourceSize
    self.origin = origin
    self.secondsPerTick = secondsPerTick
  }

  package func header(start: Int, end: Double) -> ClipHeader? {
    // The first clip is read from the file's beginning in any case.
    guard start > 0, end > Double(start), end < 1e9 else { return nil }
    func ticks(_ seconds: Double) -> Int64 { origin + Int64(seconds / secondsPerTick) }
    let header = ClipHeader(
      start: start, end: end, sourceSize: sourceSize,
      timeline: timeline.excerpt(from: ticks(Double(start) - Self.reach), to: ticks(end)))
    return header.encoded.count <= ClipHeader.maximumBytes ? header : nil
  }
}
