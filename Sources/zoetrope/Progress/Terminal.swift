import Glibc
import Synchronization

/// Standard error as a place for progress: one line that is redrawn on a terminal, milestones only elsewhere.
final class Terminal: Sendable {
  let isInteractive: Bool
  private let isLineOpen = Mutex(false)

  init() {
    isInteractive = isatty(2) == 1 && getenv("TERM").map { String(cString: $0) != "dumb" } ?? false
  }

  /// Redraws the progress line; does nothing where standard error is no terminal.
  func show(_ line: ProgressLine) {
    guard isInteractive else { return }
    isLineOpen.withLock { $0 = true }
    Self.write("\r\u{1B}[2K" + line.rendered(width: Self.width), to: 2)
  }

  /// A line that stays, on a terminal or not.
  func say(_ text: String) {
    clear()
    Self.write(text + "\n", to: 2)
  }

  func clear() {
    isLineOpen.withLock { isOpen in
      if isOpen { Self.write("\r\u{1B}[2K", to: 2) }
      isOpen = false
    }
  }

  /// A result, to standard output.
  static func result(_ text: String) { write(text + "\n", to: 1) }

  static func write(_ text: String, to descriptor: Int32) {
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
