import Encodings

/// When a schedule is due: `rate(…)`, `cron(…)` or `at(…)` in AWS's dialect.
///
/// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>
package struct ScheduleExpression: Sendable, Equatable {
  /// Which service reads the expression.
  package enum Dialect: Sendable {
    /// EventBridge rules (SAM's `Schedule`): no `at(…)`, `rate(1 …)` takes the singular and other rates the plural.
    case rule
    /// EventBridge Scheduler (SAM's `ScheduleV2`).
    case scheduler
  }

  enum Kind: Sendable, Equatable {
    /// Due at every whole multiple of this many seconds since 1970, so that all nodes agree without asking each other.
    case rate(seconds: Int64)
    case cron(CronExpression)
    /// Once, at this many seconds of local time since 1970.
    case at(localSeconds: Int64)
  }

  /// As it was written.
  package let text: String
  let kind: Kind

  /// - Throws: `ScheduleError` that names the part which cannot be understood.
  package init(_ text: String, dialect: Dialect) throws(ScheduleError) {
    self.text = text
    guard let open = text.firstIndex(of: "("), text.hasSuffix(")") else {
      throw ScheduleError("must be \(Self.forms(dialect)), found '\(text.prefix(80))'")
    }
    let body = text[text.index(after: open)...].dropLast()
    switch text[..<open] {
    case "rate": kind = .rate(seconds: try Self.rate(body, dialect))
    case "cron": kind = .cron(try CronExpression(body))
    case "at" where dialect == .scheduler: kind = .at(localSeconds: try Self.moment(body))
    default: throw ScheduleError("must be \(Self.forms(dialect)), found '\(text.prefix(80))'")
    }
  }

  private static func forms(_ dialect: Dialect) -> String {
    dialect == .rule ? "rate(…) or cron(…)" : "rate(…), cron(…) or at(…)"
  }

  private static func rate(_ body: Substring, _ dialect: Dialect) throws(ScheduleError) -> Int64 {
    let parts = body.split(separator: " ")
    guard parts.count == 2, let value = Int64(parts[0]), value > 0, value <= 1_000_000,
      parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else {
      throw ScheduleError("must be rate(NUMBER UNIT) with a number of 1 or more, found 'rate(\(body.prefix(80)))'")
    }
    let units: [Substring: Int64] = ["minute": 60, "hour": 3600, "day": 86_400]
    let unit = parts[1].hasSuffix("s") ? parts[1].dropLast() : parts[1]
    guard let seconds = units[unit] else {
      throw ScheduleError("must have the unit minute, hour or day, or their plural, found '\(parts[1].prefix(80))'")
    }
    if dialect == .rule, parts[1].hasSuffix("s") != (value > 1) {
      throw ScheduleError("must be 'rate(\(value) \(unit)\(value > 1 ? "s" : ""))', found 'rate(\(body))'")
    }
    return value * seconds
  }

  private static func moment(_ body: Substring) throws(ScheduleError) -> Int64 {
    let parts = body.split { "-T:".contains($0) }.map { Int($0) }
    guard body.utf8.count == 19, parts.count == 6, let year = parts[0], let month = parts[1], let day = parts[2],
      let hour = parts[3], let minute = parts[4], let second = parts[5],
      let time = UTCTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    else {
      throw ScheduleError("must be at(yyyy-mm-ddThh:mm:ss), found 'at(\(body.prefix(80)))'")
    }
    return time.secondsSince1970
  }

  /// The first due time after `time`; `nil` if there is none (a year that has passed, say).
  ///
  /// - Parameters:
  ///   - time: seconds since 1970.
  ///   - zone: whose local time `cron` and `at` mean.
  /// - Returns: seconds since 1970.
  package func next(after time: Int64, in zone: TimeZoneRules) -> Int64? {
    switch kind {
    case .rate(let seconds):
      let (quotient, remainder) = time.quotientAndRemainder(dividingBy: seconds)
      return (quotient + (remainder < 0 ? 0 : 1)) * seconds
    case .cron(let expression): return expression.next(after: time, in: zone)
    case .at(let local): return zone.firstInstant(ofLocalSeconds: local).flatMap { $0 > time ? $0 : nil }
    }
  }

  /// The last due time in `start < due ≤ end`; `nil` if there is none.
  package func last(after start: Int64, notAfter end: Int64, in zone: TimeZoneRules) -> Int64? {
    guard start < end else { return nil }
    // Looks at longer and longer stretches before the end, so that neither a schedule of every minute nor one of every
    // tenth year takes many steps.
    for stretch: Int64 in [3600, 86_400, 32 * 86_400, 367 * 86_400, .max] {
      let from = stretch < end - start ? end - stretch : start
      var found: Int64?
      var time = from
      while let due = next(after: time, in: zone), due <= end { (found, time) = (due, due) }
      if found != nil || from == start { return found }
    }
    return nil
  }
}
