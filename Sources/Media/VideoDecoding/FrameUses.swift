/// Decides from presentation times alone which pictures of a stream are ever on screen at a wanted moment.
///
/// A picture is not needed if another one replaces it before the next moment. Times are learnt from packets ahead of the
/// decoder; a picture whose successor is not known yet counts as needed, so that a wrong guess costs time, never a
/// picture.
package struct FrameUses {
  /// H.264 and HEVC reorder by at most 16 pictures, so that a successor shows up within that many packets.
  package static let lookAhead = 20
  private var times: [Int64] = []
  private var next = 0

  /// A packet ahead shows a picture at `tick`.
  package mutating func learn(_ tick: Int64) {
    if times.count < 3 * Self.lookAhead {
      times.append(tick)
    } else {
      times[next] = tick
      next = (next + 1) % times.count
    }
  }

  /// What the picture that starts at `tick` is for.
  package func use(of tick: Int64, in schedule: FrameSchedule) -> FrameUse {
    guard let moment = schedule.firstMoment(from: tick), !isReplaced(tick, before: moment) else { return .none }
    guard let still = schedule.firstStill(from: tick), !isReplaced(tick, before: still) else { return .gifOnly }
    return .still
  }

  private func isReplaced(_ tick: Int64, before moment: Int64) -> Bool {
    times.contains { $0 > tick && $0 <= moment }
  }
}

/// What a decoded frame is for.
package enum FrameUse {
  case none
  case gifOnly
  case still
}
