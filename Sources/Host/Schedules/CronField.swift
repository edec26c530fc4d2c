/// One of the fields of a cron expression that are sets of numbers.
struct CronField: Sendable, Equatable {
  /// The field's name, range and words, by which errors and texts are read.
  struct Form: Sendable {
    let name: String
    let range: ClosedRange<Int>
    /// Words for the numbers from the start of the range.
    var words: [String] = []
    /// Whether `22-2` passes the end of the range.
    var wraps = true

    static let minutes = Form(name: "minutes", range: 0...59)
    static let hours = Form(name: "hours", range: 0...23)
    static let daysOfMonth = Form(name: "day-of-month", range: 1...31, wraps: false)
    static let months = Form(
      name: "month", range: 1...12,
      words: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"])
    static let daysOfWeek = Form(
      name: "day-of-week", range: 1...7, words: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"])
    static let years = Form(name: "year", range: 1970...2199, wraps: false)
  }

  /// Ascending, at least one.
  let values: [Int]

  /// Numbers, words, `*`, `a-b`, `a/step`, `a-b/step`, and lists of these.
  init(_ text: Substring, _ form: Form) throws(ScheduleError) {
    var values: Set<Int> = []
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      values.formUnion(try Self.item(item, form))
    }
    self.values = values.sorted()
  }

  func contains(_ value: Int) -> Bool { values.contains(value) }

  /// The first value that is `minimum` or more.
  func first(from minimum: Int) -> Int? { values.first { $0 >= minimum } }

  private static func item(_ text: Substring, _ form: Form) throws(ScheduleError) -> [Int] {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count) else { throw refusal(text, form) }
    var step = 1
    if parts.count == 2 {
      guard let number = decimal(parts[1]), (1...form.range.count).contains(number) else {
        throw ScheduleError(
          "must have a step from 1 to \(form.range.count) in the field \(form.name), found '\(text.prefix(40))'")
      }
      step = number
    }
    if parts[0] == "*" { return Array(stride(from: form.range.lowerBound, through: form.range.upperBound, by: step)) }
    let bounds = parts[0].split(separator: "-", omittingEmptySubsequences: false)
    switch bounds.count {
    case 1:
      let start = try value(bounds[0], form)
      // `5/10` goes on to the end of the range; `5` alone is one value.
      return parts.count == 1 ? [start] : Array(stride(from: start, through: form.range.upperBound, by: step))
    case 2:
      let (start, end) = (try value(bounds[0], form), try value(bounds[1], form))
      if start <= end { return Array(stride(from: start, through: end, by: step)) }
      guard form.wraps else {
        throw ScheduleError("must have ranges that rise in the field \(form.name), found '\(text.prefix(40))'")
      }
      return stride(from: start, through: end + form.range.count, by: step).map { value in
        value > form.range.upperBound ? value - form.range.count : value
      }
    default: throw refusal(text, form)
    }
  }

  static func value(_ text: Substring, _ form: Form) throws(ScheduleError) -> Int {
    if let index = form.words.firstIndex(of: text.uppercased()) { return form.range.lowerBound + index }
    guard let number = decimal(text), form.range.contains(number) else { throw refusal(text, form) }
    return number
  }

  /// Digits only: no sign.
  static func decimal(_ text: Substring) -> Int? {
    text.utf8.count <= 4 && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
  }

  static func refusal(_ text: Substring, _ form: Form) -> ScheduleError {
    let words = form.words.first.map { " or \($0)-\(form.words.last ?? "")" } ?? ""
    return ScheduleError(
      "must have numbers from \(form.range.lowerBound) to \(form.range.upperBound)\(words) in the field \(form.name), "
        + "found '\(text.prefix(40))'")
  }
}
