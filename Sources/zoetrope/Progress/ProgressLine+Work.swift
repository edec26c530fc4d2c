import Previews
import Terminals

/// What is said of each kind of work.
extension ProgressLine {
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
  static func job(_ progress: PreviewProgress, elapsed: Double) -> ProgressLine {
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
}
