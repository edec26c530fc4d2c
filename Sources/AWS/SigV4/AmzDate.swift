import Encodings
import FoundationEssentials
import Core

/// `x-amz-date`: ISO 8601 basic format in UTC, whole seconds.
struct AmzDate: Sendable, Equatable {
  /// `20130524T000000Z`
  let text: String
  /// Whole seconds.
  let date: Date

  /// `20130524`, the first part of the credential scope.
  var day: String { String(text.prefix(8)) }

  init(_ date: Date) {
    let seconds = Int64(date.timeIntervalSince1970.rounded(.down))
    self.date = Date(timeIntervalSince1970: Double(seconds))
    let time = UTCTime(secondsSince1970: seconds)
    let day = (time.year * 100 + time.month) * 100 + time.day
    let clock = (time.hour * 100 + time.minute) * 100 + time.second
    text = "\(String(100_000_000 + day).dropFirst())T\(String(1_000_000 + clock).dropFirst())Z"
  }

  /// `nil` where `text` is not of exactly this form: nothing must be signed under two spellings.
  init?(text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z"),
      let day = Self.number(bytes[0..<8]), let clock = Self.number(bytes[9..<15]),
      let time = UTCTime(
        year: day / 10_000, month: day / 100 % 100, day: day % 100, hour: clock / 10_000, minute: clock / 100 % 100,
        second: clock % 100),
      time.second < 60
    else { return nil }
    date = Date(timeIntervalSince1970: Double(time.secondsSince1970))
    self.text = text
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    var number = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      number = number * 10 + Int(digit - UInt8(ascii: "0"))
    }
    return number
  }
}
