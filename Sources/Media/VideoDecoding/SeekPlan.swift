/// Where to look for a place to begin decoding, further and further before the wanted time.
///
/// A seek may land too late: indexes count in decoding times, streams without an index are searched by guess, and
/// pictures after an open group or within a gradual refresh cannot be decoded until later.
package struct SeekPlan {
  private let target: Int64
  private let origin: Int64
  private let secondsPerTick: Double
  private var attempt = 0
  private var landing: Int64?

  package init(target: Int64, origin: Int64, secondsPerTick: Double) {
    self.target = target
    self.origin = origin
    self.secondsPerTick = secondsPerTick
  }

  /// The next time to seek to; `nil` where only the beginning of the stream is left.
  package mutating func next() -> Int64? {
    defer { attempt += 1 }
    guard attempt > 0 else { return target }
    // Just before the last landing first, then in growing steps: 1, 4, 16, 64 s.
    let from = min(target, landing ?? target)
    let step = attempt == 1 ? 1 : Int64(Double(1 << (2 * (attempt - 2))) / secondsPerTick)
    guard attempt <= 5, from - step > origin else { return nil }
    return from - step
  }

  /// The last seek led to a key frame that was no use.
  package mutating func landed(at time: Int64) {
    landing = min(landing ?? time, time)
  }
}
