import Encodings
package import FoundationEssentials
import Core

/// Times in S3's XML: ISO 8601 with milliseconds, `2009-10-12T17:50:30.000Z`.
///
/// A listing has a thousand of them, so they are written and read by hand.
package enum XMLDate {
  package static func format(_ date: Date) -> String {
    let milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded())
    let seconds = milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
    let time = UTCTime(secondsSince1970: seconds)
    var text: [UInt8] = []
    text.reserveCapacity(24)
    for (number, digits, end) in [
      (time.year, 4, "-"), (time.month, 2, "-"), (time.day, 2, "T"), (time.hour, 2, ":"), (time.minute, 2, ":"),
      (time.second, 2, "."), (Int(milliseconds - seconds * 1000), 3, "Z"),
    ] as [(Int, Int, Unicode.Scalar)] {
      appendDigits(number, count: digits, to: &text)
      text.append(UInt8(ascii: end))
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// `nil` where `text` is not of this form; the fraction may have up to nine digits or be left out.
  package static func parse(_ text: String) -> Date? {
    var rest = Array(text.utf8)[...]
    var numbers: [Int] = []
    for (digits, end) in [(4, "-"), (2, "-"), (2, "T"), (2, ":"), (2, ":")] as [(Int, Unicode.Scalar)] {
      guard let number = takeDigits(digits, from: &rest), rest.popFirst() == UInt8(ascii: end) else { return nil }
      numbers.append(number)
    }
    guard let second = takeDigits(2, from: &rest), let fraction = takeFraction(from: &rest),
      rest.elementsEqual(CollectionOfOne(UInt8(ascii: "Z"))),
      let time = UTCTime(
        year: numbers[0], month: numbers[1], day: numbers[2], hour: numbers[3], minute: numbers[4], second: second)
    else { return nil }
    return Date(timeIntervalSince1970: Double(time.secondsSince1970) + fraction)
  }

  private static func appendDigits(_ number: Int, count: Int, to text: inout [UInt8]) {
    var divisor: UInt = 1
    for _ in 1..<count { divisor *= 10 }
    for _ in 0..<count {
      text.append(UInt8(ascii: "0") + UInt8(number.magnitude / divisor % 10))
      divisor /= 10
    }
  }

  private static func takeDigits(_ count: Int, from rest: inout ArraySlice<UInt8>) -> Int? {
    guard rest.count >= count else { return nil }
    var number = 0
    for byte in rest.prefix(count) {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      number = number * 10 + Int(byte - UInt8(ascii: "0"))
    }
    rest = rest.dropFirst(count)
    return number
  }

  /// Seconds, 0 ..< 1; 0 without a fraction, `nil` for a point without digits or more than nine of them.
  private static func takeFraction(from rest: inout ArraySlice<UInt8>) -> Double? {
    guard rest.first == UInt8(ascii: ".") else { return 0 }
    rest = rest.dropFirst()
    let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
    guard (1...9).contains(digits), let number = takeDigits(digits, from: &rest) else { return nil }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    return Double(number) / scale
  }
}
