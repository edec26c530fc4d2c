import Core
import Encodings
import Schedules
import Testing

/// Seconds since 1970 of `2026-01-31 08:00` in UTC.
private func utc(_ text: String) throws -> Int64 {
  let parts = text.split { "- :".contains($0) }.compactMap { Int($0) }
  let time = UTCTime(
    year: parts[0], month: parts[1], day: parts[2], hour: parts[3], minute: parts[4],
    second: parts.count > 5 ? parts[5] : 0)
  return try #require(time).secondsSince1970
}

private func text(_ seconds: Int64?) -> String? {
  guard let seconds else { return nil }
  let time = UTCTime(secondsSince1970: seconds)
  func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
  return "\(time.year)-\(two(time.month))-\(two(time.day)) \(two(time.hour)):\(two(time.minute))"
}

@Suite("Schedule expressions")
struct ScheduleExpressionTests {
  @Test(
    "the next due time",
    arguments: [
      ("rate(1 minute)", "2026-01-31 08:00", "2026-01-31 08:01"),
      ("rate(5 minutes)", "2026-01-31 08:02", "2026-01-31 08:05"),
      ("rate(1 hour)", "2026-01-31 08:00", "2026-01-31 09:00"),
      ("rate(1 day)", "2026-01-31 08:00", "2026-02-01 00:00"),
      ("cron(0 10 * * ? *)", "2026-01-31 08:00", "2026-01-31 10:00"),
      ("cron(0 10 * * ? *)", "2026-01-31 10:00", "2026-02-01 10:00"),
      ("cron(15 12 * * ? *)", "2026-12-31 13:00", "2027-01-01 12:15"),
      ("cron(0 18 ? * MON-FRI *)", "2026-01-30 18:00", "2026-02-02 18:00"),
      ("cron(0 8 1 * ? *)", "2026-01-31 08:00", "2026-02-01 08:00"),
      ("cron(0/15 * * * ? *)", "2026-01-31 08:16", "2026-01-31 08:30"),
      ("cron(0/10 * ? * MON-FRI *)", "2026-01-30 23:50", "2026-02-02 00:00"),
      ("cron(0/5 8-17 ? * MON-FRI *)", "2026-01-30 17:55", "2026-02-02 08:00"),
      ("cron(0 9 ? * 2#1 *)", "2026-01-31 08:00", "2026-02-02 09:00"),
      ("cron(0 9 ? * MON#5 *)", "2026-01-31 08:00", "2026-03-30 09:00"),
      ("cron(0 9 L * ? *)", "2028-02-01 00:00", "2028-02-29 09:00"),
      ("cron(0 9 ? * L *)", "2026-01-31 10:00", "2026-02-07 09:00"),
      ("cron(0 9 ? * 6L *)", "2026-01-31 10:00", "2026-02-27 09:00"),
      ("cron(0 9 ? * FRIL *)", "2026-01-31 10:00", "2026-02-27 09:00"),
      // 1 August 2026 is a Saturday, 31 May a Sunday: neither leaves its month.
      ("cron(0 9 1W * ? 2026)", "2026-07-31 10:00", "2026-08-03 09:00"),
      ("cron(0 9 31W * ? 2026)", "2026-05-01 10:00", "2026-05-29 09:00"),
      ("cron(0 9 15W * ? *)", "2026-02-01 00:00", "2026-02-16 09:00"),
      ("cron(0 9 LW * ? *)", "2026-02-01 00:00", "2026-02-27 09:00"),
      ("cron(0 0 29 2 ? *)", "2026-01-01 00:00", "2028-02-29 00:00"),
      ("cron(0 0 1 JAN,jul ? *)", "2026-01-01 00:00", "2026-07-01 00:00"),
      ("cron(30 22-1 * * ? *)", "2026-01-31 23:30", "2026-02-01 00:30"),
      ("cron(0 0 1 1 ? 2030-2035/5)", "2030-01-01 00:00", "2035-01-01 00:00"),
      ("cron(0 0 1 1 ? 2199)", "2026-01-01 00:00", "2199-01-01 00:00"),
    ])
  func next(expression: String, after: String, expected: String) throws {
    let schedule = try ScheduleExpression(expression, dialect: .rule)
    #expect(try text(schedule.next(after: utc(after), in: .utc)) == expected)
  }

  @Test("a year that has passed is never due")
  func past() throws {
    #expect(
      try ScheduleExpression("cron(0 0 1 1 ? 1999)", dialect: .rule).next(after: utc("2026-01-01 00:00"), in: .utc)
        == nil)
    let once = try ScheduleExpression("at(2026-01-31T08:00:30)", dialect: .scheduler)
    #expect(try once.next(after: utc("2026-01-31 08:00:29"), in: .utc) == utc("2026-01-31 08:00:30"))
    #expect(try once.next(after: utc("2026-01-31 08:00:30"), in: .utc) == nil)
  }

  @Test(
    "what cannot be understood is refused, with what it must be",
    arguments: [
      ("every day", "must be rate(…) or cron(…)"), ("at(2026-01-31T08:00:00)", "must be rate(…) or cron(…)"),
      ("rate(0 minutes)", "1 or more"), ("rate(-1 minutes)", "1 or more"), ("rate(5)", "NUMBER UNIT"),
      ("rate(5 seconds)", "minute, hour or day"), ("rate(1 minutes)", "must be 'rate(1 minute)'"),
      ("rate(5 minute)", "must be 'rate(5 minutes)'"), ("cron(0 10 * * ?)", "six fields"),
      ("cron(0 10 * * * *)", "'?' in exactly one"), ("cron(0 10 ? * ? *)", "'?' in exactly one"),
      ("cron(60 10 * * ? *)", "from 0 to 59 in the field minutes"), ("cron(0 24 * * ? *)", "from 0 to 23"),
      ("cron(0 0 0 * ? *)", "from 1 to 31"), ("cron(0 0 * 13 ? *)", "from 1 to 12 or JAN-DEC"),
      ("cron(0 0 ? * 8 *)", "from 1 to 7 or SUN-SAT"), ("cron(0 0 ? * 0 *)", "from 1 to 7"),
      ("cron(0 0 * * ? 1969)", "from 1970 to 2199"), ("cron(*/0 * * * ? *)", "a step from 1 to 60"),
      ("cron(0 0 ? * MON#6 *)", "1 to 5 after '#'"), ("cron(0 0 L-3 * ? *)", "day-of-month"),
      ("cron(0 0 10-5 * ? *)", "ranges that rise"), ("cron(, 0 * * ? *)", "field minutes"),
      ("cron(+5 0 * * ? *)", "field minutes"), ("cron(0 0 32W * ? *)", "day-of-month"),
    ])
  func refused(expression: String, words: String) {
    let error = #expect(throws: ScheduleError.self) { try ScheduleExpression(expression, dialect: .rule) }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test("the scheduler takes either number of a unit")
  func units() throws {
    #expect(try ScheduleExpression("rate(1 hours)", dialect: .scheduler).next(after: 0, in: .utc) == 3600)
    #expect(try ScheduleExpression("rate(2 hour)", dialect: .scheduler).next(after: 7200, in: .utc) == 14_400)
  }

  @Test("the last due time of a stretch")
  func last() throws {
    let minutely = try ScheduleExpression("rate(1 minute)", dialect: .rule)
    #expect(minutely.last(after: 0, notAfter: 1_000_000_030, in: .utc) == 1_000_000_020)
    #expect(minutely.last(after: 60, notAfter: 119, in: .utc) == nil)
    #expect(minutely.last(after: 60, notAfter: 60, in: .utc) == nil)
    let yearly = try ScheduleExpression("cron(0 0 1 1 ? *)", dialect: .rule)
    #expect(try text(yearly.last(after: 0, notAfter: utc("2026-11-27 00:00"), in: .utc)) == "2026-01-01 00:00")
    #expect(try yearly.last(after: utc("2026-01-01 00:00"), notAfter: utc("2026-11-27 00:00"), in: .utc) == nil)
  }
}

@Suite("Time zones", .enabled(if: (try? TimeZoneRules.named("Europe/Berlin")) != nil, "needs the time zone database"))
struct TimeZoneTests {
  private func due(_ expression: String, _ zone: String, after: String, count: Int) throws -> [String] {
    let schedule = try ScheduleExpression(expression, dialect: .scheduler)
    let rules = try TimeZoneRules.named(zone)
    var found: [String] = []
    var time = try utc(after)
    for _ in 0..<count {
      time = try #require(schedule.next(after: time, in: rules))
      found.append(text(time) ?? "")
    }
    return found
  }

  @Test("a local time keeps its hour over the change of clocks")
  func localTime() throws {
    #expect(
      try due("cron(0 8 * * ? *)", "Europe/Berlin", after: "2026-03-27 12:00", count: 3)
        == ["2026-03-28 07:00", "2026-03-29 06:00", "2026-03-30 06:00"])
  }

  @Test("a local time that the clocks skip is skipped")
  func gap() throws {
    // 29 March 2026, 02:00 becomes 03:00.
    #expect(
      try due("cron(30 2 * * ? *)", "Europe/Berlin", after: "2026-03-28 00:00", count: 2)
        == ["2026-03-28 01:30", "2026-03-30 00:30"])
  }

  @Test("a local time that comes twice counts once, the first time")
  func fold() throws {
    // 25 October 2026, 03:00 becomes 02:00.
    #expect(
      try due("cron(30 2 * * ? *)", "Europe/Berlin", after: "2026-10-24 12:00", count: 2)
        == ["2026-10-25 00:30", "2026-10-26 01:30"])
    #expect(
      try due("cron(0/30 * * * ? *)", "Europe/Berlin", after: "2026-10-25 00:15", count: 3)
        == ["2026-10-25 00:30", "2026-10-25 02:00", "2026-10-25 02:30"])
    // From within the second pass.
    #expect(
      try due("cron(0/30 * * * ? *)", "Europe/Berlin", after: "2026-10-25 01:15", count: 1) == ["2026-10-25 02:00"])
  }

  @Test("a rate does not know of clocks")
  func rate() throws {
    #expect(
      try due("rate(1 hour)", "Europe/Berlin", after: "2026-10-25 00:00", count: 3)
        == ["2026-10-25 01:00", "2026-10-25 02:00", "2026-10-25 03:00"])
  }

  @Test(
    "offsets far in the future and in other hemispheres",
    arguments: [
      ("Europe/Berlin", "2150-07-01 00:00", 7200), ("Europe/Berlin", "2150-01-01 00:00", 3600),
      ("America/New_York", "2026-07-01 00:00", -14_400), ("America/New_York", "2100-01-01 00:00", -18_000),
      ("Australia/Sydney", "2100-01-01 00:00", 39_600), ("Asia/Kolkata", "2100-01-01 00:00", 19_800),
      ("Europe/Berlin", "1850-01-01 00:00", 3208), ("America/Sao_Paulo", "2018-12-01 00:00", -7200),
      ("Etc/GMT+5", "2026-01-01 00:00", -18_000), ("UTC", "2026-01-01 00:00", 0),
    ])
  func offsets(zone: String, time: String, expected: Int) throws {
    #expect(try TimeZoneRules.named(zone).offset(at: utc(time)) == expected)
  }

  @Test(
    "names that lead elsewhere are refused",
    arguments: ["", "Nowhere/City", "../../etc/passwd", "/etc/localtime", "Europe"])
  func names(name: String) {
    #expect(throws: ScheduleError.self) { try TimeZoneRules.named(name) }
  }
}
