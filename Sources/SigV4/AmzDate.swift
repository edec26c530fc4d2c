import FoundationEssentials

/// `x-amz-date`: ISO 8601 basic format in UTC, whole seconds.
struct AmzDate: Sendable, Equatable {
  /// `20130524T000000Z`
  let text: String
  /// Whole seconds.
  let date: Date

  /// `20130524`, the first part of the credential scope.
  var day: String { String(text.prefix(8)) }

  init(_ date: Date) {
    self.date = Date(timeIntervalSince1970: date.timeIntervalSince1970.rounded(.down))
    text = self.date.formatted(Self.style)
  }

  /// `nil` where `text` is not of exactly this form.
  init?(text: String) {
    guard text.utf8.count == 16, let date = try? Date(text, strategy: Self.style) else { return nil }
    self.init(date)
    // What the parser is lenient about (a digit too few, lower case) must not be signed under two spellings.
    guard self.text == text else { return nil }
  }

  private static let style = Date.ISO8601FormatStyle(
    dateSeparator: .omitted, dateTimeSeparator: .standard, timeSeparator: .omitted, timeZone: .gmt)
}
