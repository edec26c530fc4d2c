import Previews

/// What the progress display says, as text: pure, so that it can be tested for every state and width.
struct ProgressLine {
  var label: String
  /// 0 ... 1.
  var fraction: Double
  /// The most important first: a narrow terminal loses the last ones.
  var details: [String]
  /// Seconds that the work still takes, if that can be told. A narrow terminal loses them last.
  var secondsLeft: Double?

  private static let widestBar = 30
  private static let narrowestBar = 8

  /// `render ▕██████░░░░▏ 60% · clips 72/120 · … · 0:42 left` in less than `width` columns.
  ///
  /// The bar shrinks first. Then details go, the last one first, then the bar, then the label.
  func rendered(width: Int) -> String {
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

  static func upload(sent: Int64, total: Int64, elapsed: Double) -> ProgressLine {
    let rate = elapsed > 0 ? Double(sent) / elapsed : 0
    return ProgressLine(
      label: "upload", fraction: total > 0 ? Double(sent) / Double(total) : 1,
      details: ["\(bytes(Double(sent)))/\(bytes(Double(total)))", "\(bytes(rate))/s", clock(elapsed)],
      secondsLeft: rate > 0 ? Double(total - sent) / rate : nil)
  }

  /// - Parameters:
  ///   - seconds: of the video that are converted.
  ///   - total: seconds that will be; `nil` where that is not known.
  static func conversion(seconds: Double, of total: Double?, elapsed began: ContinuousClock.Instant) -> ProgressLine {
    let elapsed = (ContinuousClock.now - began) / .seconds(1)
    return ProgressLine(
      label: "convert", fraction: total.map { min(1, seconds / $0) } ?? 0,
      details: ["\(oneDecimal(seconds)) s of video", clock(elapsed)],
      secondsLeft: total.flatMap { seconds > 0 ? max(0, $0 - seconds) * elapsed / seconds : nil })
  }

  /// - Parameter elapsed: Seconds since the job began.
  static func job(_ progress: JobProgress, elapsed: Double) -> ProgressLine {
    let work = Double(progress.stills > 0 ? progress.stillsDone : progress.clipsDone)
    let total = Double(progress.stills > 0 ? progress.stills : progress.clips)
    let fraction = total > 0 ? work / total : 0
    var details = ["clips \(progress.clipsDone)/\(progress.clips)"]
    if progress.stills > 0 { details.append("stills \(progress.stillsDone)/\(progress.stills)") }
    if elapsed > 0, work > 0 {
      let rate = work / elapsed
      details.append("\(oneDecimal(rate)) \(progress.stills > 0 ? "stills" : "clips")/s")
    }
    details.append(clock(elapsed))
    let left = elapsed > 0 && work > 0 ? (total - work) * elapsed / work : nil
    return ProgressLine(label: "render", fraction: fraction, details: details, secondsLeft: left)
  }

  /// `0:07`, `12:34`, `1:02:03`.
  static func clock(_ seconds: Double) -> String {
    let whole = Int(max(0, seconds).rounded())
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
  }

  /// `12.3 s`, or as `clock` from a minute on.
  static func duration(_ duration: Duration) -> String {
    let seconds = duration / .seconds(1)
    return seconds < 60 ? "\(oneDecimal(seconds)) s" : clock(seconds)
  }

  static func bytes(_ count: Double) -> String {
    var value = count
    for unit in ["B", "KiB", "MiB", "GiB"] {
      if value < 1024 || unit == "GiB" { return unit == "B" ? "\(Int(value)) B" : "\(oneDecimal(value)) \(unit)" }
      value /= 1024
    }
    return ""
  }

  static func oneDecimal(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
