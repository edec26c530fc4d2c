import Dispatch
import Glibc
import Synchronization

/// Standard error as a place for progress: one line that is redrawn on a terminal, milestones only elsewhere.
package final class Terminal: Sendable {
  package let isInteractive: Bool
  /// What is drawn; `nil` while no line is.
  private let line = Mutex<ProgressLine?>(nil)
  /// Set once, in `init`.
  nonisolated(unsafe) private var resizing: (any DispatchSourceSignal)?

  package init() {
    isInteractive = isatty(2) == 1 && getenv("TERM").map { String(cString: $0) != "dumb" } ?? false
    guard isInteractive else { return }
    let source = DispatchSource.makeSignalSource(signal: SIGWINCH, queue: .global())
    source.setEventHandler { [weak self] in self?.redraw() }
    source.resume()
    resizing = source
  }

  deinit { resizing?.cancel() }

  /// Redraws the progress line; does nothing if standard error is no terminal.
  package func show(_ line: ProgressLine) {
    guard isInteractive else { return }
    self.line.withLock { shown in
      shown = line
      Self.draw(line)
    }
  }

  /// A line that stays, on a terminal or not.
  package func say(_ text: String) {
    clear()
    Self.write(text + "\n", to: 2)
  }

  package func clear() {
    line.withLock { shown in
      if shown != nil { Self.write("\r\u{1B}[J", to: 2) }
      shown = nil
    }
  }

  /// The terminal has another size now.
  private func redraw() {
    line.withLock { if let shown = $0 { Self.draw(shown) } }
  }

  /// A terminal that has become narrower may have broken the line: what stands below is erased as well.
  private static func draw(_ line: ProgressLine) { write("\r\u{1B}[J" + line.rendered(width: width), to: 2) }

  /// Whether standard output is a terminal, which people read.
  package static var isOutputInteractive: Bool { isatty(1) == 1 }

  /// A result, to standard output.
  package static func result(_ text: String) { write(text + "\n", to: 1) }

  package static func write(_ text: String, to descriptor: Int32) {
    var bytes = ArraySlice(text.utf8.map { $0 })
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count > 0 { bytes = bytes.dropFirst(count) } else if errno != EINTR { return }
    }
  }

  private static var width: Int {
    var size = winsize()
    return ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}
