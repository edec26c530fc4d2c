package import FoundationEssentials

/// Times in HTTP headers (RFC 9110 §5.6.7): whole seconds, always GMT.
package enum HTTPDate {
  private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let longDays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// `Sun, 06 Nov 1994 08:49:37 GMT`; a fraction of a second is dropped.
  package static func format(_ date: Date) -> String {
    let time = UTCTime(secondsSince1970: Int64(date.timeIntervalSince1970.rounded(.down)))
    return """
      \(days[time.weekday]), \(twoDigits(time.day)) \(months[time.month - 1]) \
      \(String(10_000 + time.year).dropFirst()) \(twoDigits(time.hour)):\(twoDigits(time.minute)):\
      \(twoDigits(time.second)) GMT
      """
  }

  /// Reads the form above and the two obsolete ones that a recipient must accept: `Sunday, 06-Nov-94 08:49:37 GMT` and
  /// `Sun Nov  6 08:49:37 1994`.
  ///
  /// - Returns: `nil` for everything else.
  package static func parse(_ text: String) -> Date? {
    let parts = text.split(separator: " ")
    switch parts.count {
    case 6 where parts[5] == "GMT" && parts[0].last == "," && days.contains(String(parts[0].dropLast())):
      guard parts[1].utf8.count == 2, parts[3].utf8.count == 4 else { return nil }
      return date(day: parts[1], month: parts[2], year: number(parts[3]), clock: parts[4])
    case 4 where parts[3] == "GMT" && parts[0].last == "," && longDays.contains(String(parts[0].dropLast())):
      let day = parts[1].split(separator: "-", omittingEmptySubsequences: false)
      guard day.count == 3, day[2].utf8.count == 2, let year = number(day[2]) else { return nil }
      // More than 50 years ahead means the past century; with two digits that is decided well enough by a fixed pivot.
      return date(day: day[0], month: day[1], year: year < 70 ? 2000 + year : 1900 + year, clock: parts[2])
    case 5 where days.contains(String(parts[0])):
      return date(day: parts[2], month: parts[1], year: number(parts[4]), clock: parts[3])
    default:
      return nil
    }
  }

  private static func date(day: Substring, month: Substring, year: Int?, clock: Substring) -> Date? {
    let clock = clock.split(separator: ":", omittingEmptySubsequences: false)
    guard clock.count == 3, clock.allSatisfy({ $0.utf8.count == 2 }), let year, let day = number(day),
      let month = months.firstIndex(of: String(month)), let hour = number(clock[0]), let minute = number(clock[1]),
      let second = number(clock[2]),
      let time = UTCTime(year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second)
    else { return nil }
    return Date(timeIntervalSince1970: Double(time.secondsSince1970))
  }

  private static func number(_ digits: Substring) -> Int? {
    digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(digits) : nil
  }

  private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
