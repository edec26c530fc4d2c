import Encodings

/// `cron(minutes hours day-of-month month day-of-week year)`.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html>
struct CronExpression: Sendable, Equatable {
  private let minutes: CronField
  private let hours: CronField
  private let days: CronDays
  private let months: CronField
  private let years: CronField

  init(_ body: Substring) throws(ScheduleError) {
    let fields = body.split(separator: " ")
    guard fields.count == 6 else {
      throw ScheduleError(
        "must be cron(…) with the six fields minutes, hours, day-of-month, month, day-of-week and year, "
          + "found \(fields.count)")
    }
    minutes = try CronField(fields[0], .minutes)
    hours = try CronField(fields[1], .hours)
    days = try CronDays(daysOfMonth: fields[2], daysOfWeek: fields[4])
    months = try CronField(fields[3], .months)
    years = try CronField(fields[5], .years)
  }

  /// The first due time after `time`, both in seconds since 1970.
  ///
  /// A local time that daylight saving leaves out is skipped; one that it repeats counts once, the first time.
  ///
  /// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time>
  func next(after time: Int64, in zone: TimeZoneRules) -> Int64? {
    var local = time + Int64(zone.offset(at: time))
    while let candidate = nextLocal(after: local) {
      if let instant = zone.firstInstant(ofLocalSeconds: candidate), instant > time { return instant }
      local = candidate
    }
    return nil
  }

  /// The same in seconds of local time.
  private func nextLocal(after local: Int64) -> Int64? {
    // The next whole minute; all fields before the one that has to be raised stay as they are.
    let start = UTCTime(secondsSince1970: (local >= 0 ? local / 60 : (local - 59) / 60) * 60 + 60)
    for year in years.values where year >= start.year {
      let isFirstYear = year == start.year
      for month in months.values where !isFirstYear || month >= start.month {
        let isFirstMonth = isFirstYear && month == start.month
        for day in days.days(year: year, month: month) where !isFirstMonth || day >= start.day {
          let isFirstDay = isFirstMonth && day == start.day
          guard let (hour, minute) = firstTime(from: isFirstDay ? (start.hour, start.minute) : (0, 0)) else { continue }
          return UTCTime(year: year, month: month, day: day, hour: hour, minute: minute, second: 0)?.secondsSince1970
        }
      }
    }
    return nil
  }

  private func firstTime(from start: (hour: Int, minute: Int)) -> (hour: Int, minute: Int)? {
    for hour in hours.values where hour >= start.hour {
      if let minute = minutes.first(from: hour == start.hour ? start.minute : 0) { return (hour, minute) }
    }
    return nil
  }
}
