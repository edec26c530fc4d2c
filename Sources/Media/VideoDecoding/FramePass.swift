import CLibAV
import MediaTypes
import LibAV

/// One walk over decoded pictures in presentation order.
struct FramePass {
  /// A decoded picture and when it comes on screen, in ticks from the video's first picture.
  typealias Shown = (frame: Frame, tick: Int64)

  let schedule: FrameSchedule
  /// What is taken off pictures' times; set by the first picture where nothing else says when time begins.
  private var origin: Int64?
  let mayBeLate: Bool
  private let secondsPerTick: Double
  /// On screen when the last moment came, and what follows it.
  private var previous: Shown?
  private var current: Shown?
  /// Follows `current` after an unusual time. The picture after it tells whether that time is meant.
  private var doubtful: Shown?
  /// Taken in when everything was shown already.
  private var beyond: Shown?
  private var nextMoment = 0
  /// The first picture comes after the first moment: decoding must begin earlier.
  private(set) var isLate = false
  var spare: Frame?

  /// A picture that stays longer, in seconds, is believed only if the one after it is later still.
  private static let longestUsualTime = 0.25

  /// - Parameter isCounted: whether pictures' times count from the video's first picture already.
  init(_ schedule: FrameSchedule, isCounted: Bool, mayBeLate: Bool = false, timeBase: AVRational) {
    self.schedule = schedule
    secondsPerTick = av_q2d(timeBase)
    origin = isCounted ? 0 : nil
    self.mayBeLate = mayBeLate
  }

  var lastTick: Int64 { schedule.moments[schedule.moments.count - 1].tick }
  var isDone: Bool { isLate || nextMoment == schedule.moments.count }
  /// Whether there has been a picture at all.
  var hasPicture: Bool { current != nil }
  /// Whether a picture has been shown.
  var hasShown: Bool { nextMoment > 0 }
  /// Once done: the picture that was on screen at the end, and those after it.
  var last: [Shown] { [previous, current, beyond].compactMap { $0 } }

  /// - Parameter isStated: the container's times are those of pictures. One that is wrong does not make the others so.
  mutating func add(_ frame: Frame, step: Int64, isStated: Bool, _ show: FrameReader.Show) throws {
    // Streams without any times play at their frame rate.
    let next = (doubtful ?? current).map { $0.tick + (origin ?? 0) + step }
    let time = (isStated ? frame.statedTime : frame.time) ?? next ?? origin ?? 0
    if origin == nil { origin = time }
    try add((frame, time - origin!), step: step, show)
  }

  /// - Parameter step: ticks from picture to picture as a rule.
  mutating func add(_ picture: Shown, step: Int64, _ show: FrameReader.Show) throws {
    guard let current else {
      if mayBeLate, picture.tick > schedule.moments[0].tick {
        isLate = true
      } else {
        self.current = picture
      }
      return
    }
    if var questioned = doubtful {
      // A picture that claims to be older than one already shown is damage, not a picture to go back to.
      if picture.tick < current.tick {
        spare = picture.frame
        return
      }
      doubtful = nil
      // One picture's time is wild: it stands between its neighbours.
      if picture.tick < questioned.tick { questioned.tick = min(current.tick + step, picture.tick) }
      try follow(current, with: questioned, show)
      if isDone { beyond = picture } else { try follow(questioned, with: picture, show) }
      return
    }
    if picture.tick < current.tick {
      guard nextMoment == 0, previous == nil, !mayBeLate else {
        spare = picture.frame
        return
      }
      // The first picture's time is wild.
      try follow((current.frame, picture.tick), with: picture, show)
    } else if picture.tick - current.tick > max(3 * step, Int64(Self.longestUsualTime / secondsPerTick)) {
      doubtful = picture
    } else {
      try follow(current, with: picture, show)
    }
  }

  private mutating func follow(_ current: Shown, with picture: Shown, _ show: FrameReader.Show) throws {
    self.current = current
    let wasShown = try showCurrent(before: picture.tick, show)
    self.current = picture
    if isDone {
      previous = current
    } else if !wasShown {
      spare = current.frame
    }
  }

  /// The last picture stays on screen to the end.
  mutating func finish(_ show: FrameReader.Show) throws {
    if let current, let doubtful {
      self.doubtful = nil
      try follow(current, with: doubtful, show)
    }
    _ = try showCurrent(before: .max, show)
  }

  private mutating func showCurrent(before tick: Int64, _ show: FrameReader.Show) throws -> Bool {
    guard let current else { return false }
    let first = nextMoment
    while nextMoment < schedule.moments.count, schedule.moments[nextMoment].tick < tick { nextMoment += 1 }
    guard nextMoment > first else { return false }
    try show(current.frame, Double(current.tick) * secondsPerTick, schedule.moments[first..<nextMoment])
    return true
  }
}
