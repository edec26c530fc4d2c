/// Which clips a video of a given length has, and which seconds each covers.
package struct ClipPlan: Sendable, Equatable {
  /// Seconds, end of the video stream counted from its start.
  package let length: Double
  /// Seconds from one clip's start to the next.
  package let snippetSize: Int
  /// The second at which each clip begins: 0, `snippetSize`, ….
  package let starts: [Int]

  /// Container time stamps are rounded, often to milliseconds; what is left over below this is no time at all.
  private static let tolerance = 0.001

  /// Seconds up to which a last clip without a frame of its own is rounding.
  private static let leastClip = 0.05
  private static let longestFrame = 0.1

  /// - Parameters:
  ///   - lastFrameTime: Presentation time of the last frame, where known. A last clip that holds no frame of its own
  ///     and lasts hardly longer than one frame is rounding, not video, and is left out.
  ///   - frameRate: Nominal frames per second, 0 where unknown.
  package init(length: Double, snippetSize: Int, lastFrameTime: Double? = nil, frameRate: Double = 0) {
    self.length = length
    self.snippetSize = snippetSize
    let count = max(length > 0 ? 1 : 0, Int(((length - Self.tolerance) / Double(snippetSize)).rounded(.up)))
    var starts = (0..<count).map { $0 * snippetSize }
    if let last = starts.last, last > 0, let lastFrameTime, lastFrameTime < Double(last) {
      let oneFrame = frameRate > 0 ? 1 / frameRate : Self.leastClip
      // Frames may last longer than a clip, as slides do; then the clip shows one.
      let least = max(min(1.5 * oneFrame, Self.longestFrame), Self.leastClip)
      if length - Double(last) <= least { starts.removeLast() }
    }
    self.starts = starts
  }

  /// The last whole second of the clip, *included*: `start` 270 of 30 ends at 299.
  package func end(ofClipAt start: Int) -> Int { start + snippetSize - 1 }

  /// All stills of all clips.
  package var stills: Int { starts.reduce(0) { $0 + Self.stills(start: $1, end: end(ofClipAt: $1), length: length) } }

  /// Where the clip `[start, min(end + 1, length))` stops, in seconds, not included; rounding errors of the container
  /// next to a whole second are taken off, so that no still is made of a second that does not exist.
  package static func exclusiveEnd(end: Int, length: Double) -> Double {
    let whole = length.rounded()
    let cleaned = whole > 0 && abs(length - whole) < tolerance ? whole : length
    return min(Double(end + 1), cleaned)
  }

  /// How many stills the clip has: one for each whole second in it.
  package static func stills(start: Int, end: Int, length: Double) -> Int {
    max(0, Int(exclusiveEnd(end: end, length: length).rounded(.up)) - start)
  }
}
