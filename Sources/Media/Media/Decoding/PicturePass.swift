import CLibAV
import MediaTypes
import LibAV

/// One walk over decoded pictures in presentation order.
struct PicturePass {
  /// A decoded picture and when it comes on screen, in ticks from the video's first picture.
  typealias Shown = (frame: Frame, tick: Int64)

  let schedule: PictureSchedule
  /// What is taken off pictures' times; set by the first picture where nothing else says when time begins.
  private var origin: Int64?
  private let mayBeLate: Bool
  private let secondsPerTick: Double
  /// On screen when the last moment came, and what follows it.
  private var previous: Shown?
  private var current: Shown?
  private var nextMoment = 0
  /// The first picture comes after the first moment: decoding must begin earlier.
  private(set) var isLate = false
  var spare: Frame?

  /// - Parameter isCounted: whether pictures' times count from the video's first picture already.
  init(_ schedule: PictureSchedule, isCounted: Bool, mayBeLate: Bool = false, timeBase: AVRational) {
    self.schedule = schedule
    secondsPerTick = av_q2d(timeBase)
    origin = isCounted ? 0 : nil
    self.mayBeLate = mayBeLate
  }

  var lastTick: Int64 { schedule.moments[schedule.moments.count - 1].tick }
  var isDone: Bool { isLate || nextMoment == schedule.moments.count }
  /// Once done: the picture that was on screen at the end, and the one after it.
  var last: [Shown] { [previous, current].compactMap { $0 } }

  mutating func add(_ frame: Frame, step: Int64, _ show: PictureReader.Show) throws {
    // Streams without any times play at their frame rate.
    let time = frame.time ?? (current.map { $0.tick + (origin ?? 0) + step } ?? origin ?? 0)
    if origin == nil { origin = time }
    try add((frame, time - origin!), show)
  }

  mutating func add(_ picture: Shown, _ show: PictureReader.Show) throws {
    guard let current else {
      if mayBeLate, picture.tick > schedule.moments[0].tick {
        isLate = true
      } else {
        self.current = picture
      }
      return
    }
    // A picture that claims to be older than one already shown is damage, not a picture to go back to.
    if picture.tick < current.tick {
      spare = picture.frame
      return
    }
    let wasShown = try showCurrent(before: picture.tick, show)
    self.current = picture
    if isDone {
      previous = current
    } else if !wasShown {
      spare = current.frame
    }
  }

  /// The last picture stays on screen to the end.
  mutating func finish(_ show: PictureReader.Show) throws {
    _ = try showCurrent(before: .max, show)
  }

  private mutating func showCurrent(before tick: Int64, _ show: PictureReader.Show) throws -> Bool {
    guard let current else { return false }
    let first = nextMoment
    while nextMoment < schedule.moments.count, schedule.moments[nextMoment].tick < tick { nextMoment += 1 }
    guard nextMoment > first else { return false }
    try show(current.frame, Double(current.tick) * secondsPerTick, schedule.moments[first..<nextMoment])
    return true
  }
}
