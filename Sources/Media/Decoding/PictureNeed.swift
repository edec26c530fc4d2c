/// Decides from presentation times alone which pictures of a stream are ever on screen at a wanted moment.
///
/// A picture is not needed if another one replaces it before the next moment. Times are learnt from packets ahead of the
/// decoder; a picture whose successor is not known yet counts as needed, so that a wrong guess costs time, never a
/// picture.
struct PictureNeed {
  /// H.264 and HEVC reorder by at most 16 pictures, so that a successor shows up within that many packets.
  static let lookAhead = 20
  private var times: [Int64] = []
  private var next = 0

  /// A packet ahead shows a picture at `tick`.
  mutating func learn(_ tick: Int64) {
    if times.count < 3 * Self.lookAhead {
      times.append(tick)
    } else {
      times[next] = tick
      next = (next + 1) % times.count
    }
  }

  func isNeeded(_ tick: Int64, for schedule: PictureSchedule) -> Bool {
    guard let moment = schedule.firstMoment(from: tick) else { return false }
    return !times.contains { $0 > tick && $0 <= moment }
  }
}
