import Encodings

/// The rule by which clocks change every year, in the form of POSIX's variable `TZ`: `CET-1CEST,M3.5.0,M10.5.0/3`.
///
/// <https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap08.html#tag_08_03>
struct RecurringOffset: Sendable, Equatable {
  /// Seconds that standard time is ahead of UTC.
  let standard: Int
  let daylight: Daylight?

  struct Daylight: Sendable, Equatable {
    let offset: Int
    let start: Change
    let end: Change
  }

  /// A day of each year and a time of that day.
  struct Change: Sendable, Equatable {
    enum Day: Sendable, Equatable {
      /// Month, the 1st to 4th or the last (5th) weekday, 0 for Sunday.
      case weekday(month: Int, week: Int, day: Int)
      /// `J`: 1 … 365, the leap day not counted.
      case withoutLeapDay(Int)
      /// 0 … 365
      case dayOfYear(Int)
    }

    let day: Day
    /// Seconds after local midnight, may be negative.
    let time: Int
  }

  /// `nil` for a text of another form.
  init?(posix text: String) {
    var reader = Reader(rest: text.utf8[...])
    guard reader.skipName(), let standard = reader.time() else { return nil }
    self.standard = -standard
    guard reader.skipName() else {
      daylight = nil
      if !reader.rest.isEmpty { return nil }
      return
    }
    let offset = reader.time().map { -$0 } ?? self.standard + 3600
    guard reader.skip(","), let start = reader.change(), reader.skip(","), let end = reader.change(),
      reader.rest.isEmpty
    else { return nil }
    daylight = Daylight(offset: offset, start: start, end: end)
  }

  func offset(at time: Int64) -> Int {
    guard let daylight else { return standard }
    let year = UTCTime(secondsSince1970: time + Int64(standard)).year
    // Each change is written in the local time that holds before it.
    let start = daylight.start.seconds(in: year) - Int64(standard)
    let end = daylight.end.seconds(in: year) - Int64(daylight.offset)
    let isDaylight = start < end ? time >= start && time < end : time >= start || time < end
    return isDaylight ? daylight.offset : standard
  }

  private struct Reader {
    var rest: Substring.UTF8View

    mutating func skip(_ byte: Unicode.Scalar) -> Bool {
      guard rest.first == UInt8(ascii: byte) else { return false }
      rest.removeFirst()
      return true
    }

    /// `CET` or `<+03>`.
    mutating func skipName() -> Bool {
      if skip("<") {
        rest = rest.drop { $0 != UInt8(ascii: ">") }
        return skip(">")
      }
      let name = rest.prefix { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") }
      rest = rest.dropFirst(name.count)
      return name.count >= 3
    }

    mutating func number() -> Int? {
      let digits = rest.prefix { (0x30...0x39).contains($0) }
      rest = rest.dropFirst(digits.count)
      return digits.count <= 6 ? Int(String(decoding: digits, as: UTF8.self)) : nil
    }

    /// `[+-]hh[:mm[:ss]]` as seconds.
    mutating func time() -> Int? {
      let isNegative = skip("-")
      if !isNegative { _ = skip("+") }
      guard let hours = number() else { return nil }
      var seconds = hours * 3600
      for unit in [60, 1] where skip(":") {
        guard let part = number() else { return nil }
        seconds += part * unit
      }
      return isNegative ? -seconds : seconds
    }

    mutating func change() -> Change? {
      let day: Change.Day
      if skip("M") {
        guard let month = number(), skip("."), let week = number(), skip("."), let weekday = number(),
          (1...12).contains(month), (1...5).contains(week), (0...6).contains(weekday)
        else { return nil }
        day = .weekday(month: month, week: week, day: weekday)
      } else if skip("J") {
        guard let number = number(), (1...365).contains(number) else { return nil }
        day = .withoutLeapDay(number)
      } else {
        guard let number = number(), (0...365).contains(number) else { return nil }
        day = .dayOfYear(number)
      }
      guard skip("/") else { return Change(day: day, time: 7200) }
      return time().map { Change(day: day, time: $0) }
    }
  }
}

extension RecurringOffset.Change {
  /// When it happens in that year, as seconds of local time since 1970.
  func seconds(in year: Int) -> Int64 {
    func midnight(_ month: Int, _ day: Int) -> Int64 {
      UTCTime(year: year, month: month, day: day, hour: 0, minute: 0, second: 0)?.secondsSince1970 ?? 0
    }
    let date: Int64
    switch day {
    case .dayOfYear(let number): date = midnight(1, 1) + Int64(number) * 86_400
    case .withoutLeapDay(let number):
      let isLeapYear = UTCTime(year: year, month: 2, day: 29, hour: 0, minute: 0, second: 0) != nil
      date = midnight(1, 1) + Int64(number - (isLeapYear && number >= 60 ? 0 : 1)) * 86_400
    case .weekday(let month, let week, let weekday):
      let first = UTCTime(year: year, month: month, day: 1, hour: 0, minute: 0, second: 0)?.weekday ?? 0
      var number = 1 + (weekday - first + 7) % 7 + (week - 1) * 7
      while UTCTime(year: year, month: month, day: number, hour: 0, minute: 0, second: 0) == nil { number -= 7 }
      date = midnight(month, number)
    }
    return date + Int64(time)
  }
}
