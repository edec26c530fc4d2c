import Previews

/// What the progress display says, as text: pure, so that it can be tested for every state and width.
struct ProgressLine {
  var label: String
  /// 0 ... 1.
  var fraction: Double
  var details: [String]

  /// `▕██████░░░░▏ 60% · clips 72/120 · …`, cut to `width` columns.
  func rendered(width: Int) -> String {
    let clamped = min(max(fraction, 0), 1)
    let cells = max(8, min(30, width / 4))
    let full = Int((clamped * Double(cells)).rounded(.down))
    let bar = String(repeating: "█", count: full) + String(repeating: "░", count: cells - full)
    let text = (["\(label) ▕\(bar)▏ \(Int(clamped * 100))%"] + details).joined(separator: " · ")
    return String(text.prefix(max(10, width - 1)))
  }

  static func upload(sent: Int64, total: Int64, elapsed: Double) -> ProgressLine {
    let rate = elapsed > 0 ? Double(sent) / elapsed : 0
    return ProgressLine(
      label: "upload", fraction: total > 0 ? Double(sent) / Double(total) : 1,
      details: ["\(bytes(Double(sent)))/\(bytes(Double(total)))", "\(bytes(rate))/s", clock(elapsed)])
  }

  /// - Parameters:
  ///   - seconds: of the video that are converted.
  ///   - total: seconds that will be; `nil` where that is not known.
  static func conversion(seconds: Double, of total: Double?, elapsed began: ContinuousClock.Instant) -> ProgressLine {
    let elapsed = (ContinuousClock.now - began) / .seconds(1)
    return ProgressLine(
      label: "convert", fraction: total.map { min(1, seconds / $0) } ?? 0,
      details: ["\(oneDecimal(seconds)) s of video", clock(elapsed)])
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
      details.append(clock(elapsed))
      details.append("\(clock((total - work) / rate)) left")
    } else {
      details.append(clock(elapsed))
    }
    return ProgressLine(label: "render", fraction: fraction, details: details)
  }

  /// `0:07`, `12:34`, `1:02:03`.
  static func clock(_ seconds: Double) -> String {
    let whole = Int(max(0, seconds).rounded())
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
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
