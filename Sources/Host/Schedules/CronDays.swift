import Encodings

/// The days of a month that a cron expression names, by date or by weekday.
struct CronDays: Sendable, Equatable {
  private enum Rule: Sendable, Equatable {
    case dates(CronField)
    /// `L`
    case lastDay
    /// `LW`: the last Monday to Friday.
    case lastWorkday
    /// `15W`: the Monday to Friday next to that date, within the month.
    case nearestWorkday(Int)
    /// 1 is Sunday.
    case weekdays(CronField)
    /// `6L`: the last Friday.
    case lastWeekday(Int)
    /// `6#3`: the third Friday.
    case weekdayOfMonth(Int, ordinal: Int)
  }

  /// Any of them.
  private let rules: [Rule]

  init(daysOfMonth: Substring, daysOfWeek: Substring) throws(ScheduleError) {
    switch (daysOfMonth == "?", daysOfWeek == "?") {
    case (true, true), (false, false):
      throw ScheduleError(
        "must have '?' in exactly one of the fields day-of-month and day-of-week, found "
          + "'\(daysOfMonth.prefix(40))' and '\(daysOfWeek.prefix(40))'")
    case (false, true): rules = try Self.rules(daysOfMonth, .daysOfMonth, Self.dateRule)
    case (true, false): rules = try Self.rules(daysOfWeek, .daysOfWeek, Self.weekdayRule)
    }
  }

  /// Ascending; may be empty.
  func days(year: Int, month: Int) -> [Int] {
    let count = Self.length(year: year, month: month)
    let first = UTCTime(year: year, month: month, day: 1, hour: 0, minute: 0, second: 0)?.weekday ?? 0
    func weekday(_ day: Int) -> Int { (first + day - 1) % 7 + 1 }
    let isWorkday = { (day: Int) in (2...6).contains(weekday(day)) }
    var found: Set<Int> = []
    for rule in rules {
      switch rule {
      case .dates(let field): found.formUnion(field.values.filter { $0 <= count })
      case .lastDay: found.insert(count)
      case .lastWorkday: found.formUnion((1...count).last(where: isWorkday).map { [$0] } ?? [])
      case .nearestWorkday(let day) where day <= count:
        // Saturday goes to Friday and Sunday to Monday, unless that is another month.
        let nearest =
          switch weekday(day) {
          case 7: day > 1 ? day - 1 : day + 2
          case 1: day < count ? day + 1 : day - 2
          default: day
          }
        found.insert(nearest)
      case .nearestWorkday: break
      case .weekdays(let field): found.formUnion((1...count).filter { field.contains(weekday($0)) })
      case .lastWeekday(let day): found.formUnion((1...count).last { weekday($0) == day }.map { [$0] } ?? [])
      case .weekdayOfMonth(let day, let ordinal):
        let matches = (1...count).filter { weekday($0) == day }
        if matches.count >= ordinal { found.insert(matches[ordinal - 1]) }
      }
    }
    return found.sorted()
  }

  private static func rules(
    _ text: Substring, _ form: CronField.Form, _ special: (Substring) throws(ScheduleError) -> Rule?
  ) throws(ScheduleError) -> [Rule] {
    var rules: [Rule] = []
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      if let rule = try special(item) {
        rules.append(rule)
      } else {
        let field = try CronField(item, form)
        rules.append(form.name == CronField.Form.daysOfMonth.name ? .dates(field) : .weekdays(field))
      }
    }
    return rules
  }

  private static func dateRule(_ text: Substring) throws(ScheduleError) -> Rule? {
    switch text.uppercased() {
    case "L": return .lastDay
    case "LW": return .lastWorkday
    case let upper where upper.hasSuffix("W"):
      return .nearestWorkday(try CronField.value(text.dropLast(), .daysOfMonth))
    default: return nil
    }
  }

  private static func weekdayRule(_ text: Substring) throws(ScheduleError) -> Rule? {
    if text.uppercased() == "L" { return .weekdays(try CronField("7", .daysOfWeek)) }
    if text.uppercased().hasSuffix("L") { return .lastWeekday(try CronField.value(text.dropLast(), .daysOfWeek)) }
    guard let mark = text.firstIndex(of: "#") else { return nil }
    guard let ordinal = CronField.decimal(text[text.index(after: mark)...]), (1...5).contains(ordinal) else {
      throw ScheduleError(
        "must have a number from 1 to 5 after '#' in the field day-of-week, found '\(text.prefix(40))'")
    }
    return .weekdayOfMonth(try CronField.value(text[..<mark], .daysOfWeek), ordinal: ordinal)
  }

  private static func length(year: Int, month: Int) -> Int {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    default: 31
    }
  }
}
