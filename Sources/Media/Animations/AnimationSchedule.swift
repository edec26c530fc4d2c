/// Which frames of an animation a picture of the video is.
///
/// Frame k shows what is on screen at `start + k / rate`: the picture with the largest time at or before it.
struct AnimationSchedule {
  private let start: Double
  private let rate: Double
  /// Frames at most.
  private let limit: Int
  private var shown = 0

  init(_ settings: AnimationSettings) {
    start = settings.start
    let rate = Double(settings.framesPerSecond)
    self.rate = rate
    limit = settings.duration.map { max(1, Self.count($0, rate)) } ?? .max
  }

  var isDone: Bool { shown >= limit }

  /// Frames that the picture on screen until `end` is, beyond those shown before.
  mutating func frames(until end: Double) -> Int {
    let count = min(limit, Self.count(end - start, rate)) - shown
    if count <= 0 { return 0 }
    shown += count
    return count
  }

  /// Whether any frame not shown yet lies within a picture's time on screen. The pictures before it may still be on their way
  /// through the decoder, so what they will be shown as is left out by its time.
  func needs(from begin: Double, until end: Double) -> Bool {
    min(limit, Self.count(end - start, rate)) > max(shown, Self.count(begin - start, rate))
  }

  /// How many k there are with `k / rate < seconds`; a sum of durations may carry rounding errors.
  private static func count(_ seconds: Double, _ rate: Double) -> Int {
    seconds <= 0 ? 0 : Int((min(seconds, 1e9) * rate - 1e-4).rounded(.up))
  }
}
