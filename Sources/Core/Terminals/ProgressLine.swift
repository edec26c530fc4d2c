/// What the progress display says, as text: pure, so that it can be tested for every state and width.
package struct ProgressLine {
  package var label: String
  /// 0 ... 1.
  package var fraction: Double
  /// The most important first: a narrow terminal loses the last ones.
  package var details: [String]
  /// Seconds that the work still takes, if that can be told. A narrow terminal loses them last.
  package var secondsLeft: Double?

  package init(label: String, fraction: Double, details: [String], secondsLeft: Double? = nil) {
    (self.label, self.fraction, self.details, self.secondsLeft) = (label, fraction, details, secondsLeft)
  }

  private static let widestBar = 30
  private static let narrowestBar = 8

  /// `render ▕██████░░░░▏ 60% · clips 72/120 · … · 0:42 left` in less than `width` columns.
  ///
  /// The bar shrinks first. Then details go, the last one first, then the bar, then the label.
  package func rendered(width: Int) -> String {
    let clamped = min(max(fraction, 0), 1)
    let percent = "\(Int(clamped * 100))%"
    let left = secondsLeft.map { ["\(Self.clock($0)) left"] } ?? []
    let room = max(1, width - 1)
    for count in details.indices.reversed().map({ $0 + 1 }) + [0] {
      let rest = ([percent] + details.prefix(count) + left).joined(separator: " · ")
      // The label, a space, the bar's two edges and a space.
      let cells = min(Self.widestBar, room - label.count - rest.count - 4)
      guard cells >= Self.narrowestBar else { continue }
      let full = Int((clamped * Double(cells)).rounded(.down))
      let bar = String(repeating: "█", count: full) + String(repeating: "░", count: cells - full)
      return "\(label) ▕\(bar)▏ \(rest)"
    }
    let short = ([percent] + left).joined(separator: " · ")
    let labelled = "\(label) \(short)"
    return labelled.count <= room ? labelled : String((short.count <= room ? short : percent).prefix(room))
  }

  /// `0:07`, `12:34`, `1:02:03`.
  package static func clock(_ seconds: Double) -> String {
    let whole = Int(max(0, seconds).rounded())
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
  }

  /// `12.3 s`, or as `clock` from a minute on.
  package static func duration(_ duration: Duration) -> String {
    let seconds = duration / .seconds(1)
    return seconds < 60 ? "\(oneDecimal(seconds)) s" : clock(seconds)
  }

  package static func bytes(_ count: Double) -> String {
    var value = count
    for unit in ["B", "KiB", "MiB", "GiB"] {
      if value < 1024 || unit == "GiB" { return unit == "B" ? "\(Int(value)) B" : "\(oneDecimal(value)) \(unit)" }
      value /= 1024
    }
    return ""
  }

  package static func oneDecimal(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
