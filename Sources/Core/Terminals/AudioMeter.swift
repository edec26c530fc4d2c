/// Draws how far a run through an audio file is; never goes back, and redraws ten times a second at most.
package final class AudioMeter {
  private let terminal: Terminal
  private let label: String
  private let total: Double?
  private let began: ContinuousClock.Instant
  private var last: ContinuousClock.Instant?
  private var furthest = 0.0

  /// - Parameter total: seconds of the whole file, if they are known.
  package init(_ terminal: Terminal, label: String, total: Double?, began: ContinuousClock.Instant) {
    (self.terminal, self.label, self.total, self.began) = (terminal, label, total, began)
  }

  /// - Parameter seconds: of audio that are done.
  package func show(_ seconds: Double) {
    furthest = max(furthest, seconds)
    let now = ContinuousClock.now
    if !terminal.isInteractive { return }
    if let last, now - last < .milliseconds(100) { return }
    last = now
    let elapsed = (now - began) / .seconds(1)
    let fraction = total.map { $0 > 0 ? min(furthest / $0, 0.99) : 0 } ?? 0
    var details = ["\(ProgressLine.clock(furthest))\(total.map { "/" + ProgressLine.clock($0) } ?? "") of audio"]
    var left: Double?
    if elapsed > 0, furthest > 0 {
      details.append("\(ProgressLine.oneDecimal(furthest / elapsed))x")
      left = total.map { max(0, $0 - furthest) * elapsed / furthest }
    }
    terminal.show(ProgressLine(label: label, fraction: fraction, details: details, secondsLeft: left))
  }
}
