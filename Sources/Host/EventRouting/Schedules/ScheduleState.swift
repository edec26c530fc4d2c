import Core
import SAMTemplate
import Schedules

/// Which schedules are due: pure, so that tests set the clock.
struct ScheduleState: Sendable {
  /// A schedule of the template with what it depends on.
  struct Schedule: Sendable {
    let rule: ScheduleRule
    /// Name of the function that it invokes.
    let function: String
    let zone: TimeZoneRules

    /// Names the schedule as it is written: another expression is another schedule, which has missed nothing.
    var key: String { "\(rule.arn) \(rule.expression.text) \(rule.timeZone)" }
  }

  struct Due: Sendable {
    let schedule: Schedule
    /// Seconds since 1970.
    let time: Int64
  }

  private let schedules: [Schedule]
  /// Those that the template switches off.
  private let disabled: [Schedule]
  /// By the schedule's key, up to when what was due has been dealt with; seconds since 1970.
  private(set) var handled: [String: Int64]

  /// - Parameters:
  ///   - handled: as a former run left it. What became due since then counts once.
  ///   - now: seconds since 1970.
  ///   - begin: where schedules begin that a former run did not know; `nil` for `now`.
  init(_ schedules: [Schedule], handled: [String: Int64], now: Int64, begin: Int64? = nil) {
    self.schedules = schedules.filter(\.rule.isEnabled)
    disabled = schedules.filter { !$0.rule.isEnabled }
    self.handled = Dictionary(
      self.schedules.map { ($0.key, min(handled[$0.key] ?? begin ?? now, now)) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The schedules that have become due since they were dealt with, each with the last time at which it was: after a
  /// stop, a schedule that has missed several times fires once.
  func due(at now: Int64) -> [Due] {
    schedules.compactMap { schedule in
      var (start, end) = (handled[schedule.key] ?? now, now)
      if let first = schedule.rule.startDate { start = max(start, first - 1) }
      if let last = schedule.rule.endDate { end = min(end, last) }
      return schedule.rule.expression.last(after: start, notAfter: end, in: schedule.zone).map {
        Due(schedule: schedule, time: $0)
      }
    }
  }

  /// What was due then has been dealt with.
  mutating func handle(_ due: Due) {
    handled[due.schedule.key] = max(handled[due.schedule.key] ?? due.time, due.time)
  }

  /// The next time at which anything is due; `nil`: never again.
  func next(after now: Int64) -> Int64? { schedules.compactMap { next($0, after: now) }.min() }

  private func next(_ schedule: Schedule, after now: Int64) -> Int64? {
    let start = max(now, (schedule.rule.startDate ?? now) - 1)
    return schedule.rule.expression.next(after: start, in: schedule.zone).flatMap { time in
      schedule.rule.endDate.map { time <= $0 } ?? true ? time : nil
    }
  }

  /// All schedules by name, those that are switched off as well.
  func statuses(at now: Int64) -> [ScheduleStatus] {
    (schedules + disabled).map { schedule in
      ScheduleStatus(
        name: schedule.rule.name, function: schedule.function, expression: schedule.rule.expression.text,
        timeZone: schedule.rule.timeZone, isEnabled: schedule.rule.isEnabled,
        next: schedule.rule.isEnabled ? next(schedule, after: now) : nil, handled: handled[schedule.key])
    }.sorted { $0.name < $1.name }
  }
}
