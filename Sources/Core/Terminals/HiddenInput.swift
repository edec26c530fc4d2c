package import Core
import Glibc

/// Lines typed on a terminal that does not show them.
package enum HiddenInput {
  package struct Failure: ClassifiedError {
    package let message: String
    package var code: String { "NoInput" }
    package var isRetryable: Bool { false }
  }

  /// Asks on standard error and reads a line from standard input, key by key: so an interrupt ends the command at once and
  /// the terminal always shows again what is typed.
  ///
  /// - Throws: `Failure` if standard input is no terminal or has ended; `CancellationError` for Ctrl-C.
  package static func ask(_ question: String) throws -> String {
    var former = termios()
    guard tcgetattr(0, &former) == 0 else { throw Failure(message: "standard input is no terminal") }
    var hidden = former
    hidden.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
    guard tcsetattr(0, TCSAFLUSH, &hidden) == 0 else {
      throw Failure(message: "the terminal cannot hide what is typed")
    }
    defer {
      tcsetattr(0, TCSAFLUSH, &former)
      Terminal.write("\n", to: 2)
    }
    Terminal.write(question, to: 2)
    return try line()
  }

  private static func line() throws -> String {
    var bytes: [UInt8] = []
    while true {
      var byte: UInt8 = 0
      let count = read(0, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count == 1 else { throw Failure(message: "standard input has ended") }
      switch byte {
      case 0x0A, 0x0D: return String(decoding: bytes, as: UTF8.self)
      case 0x03, 0x1C: throw CancellationError()
      case 0x04 where bytes.isEmpty: throw Failure(message: "standard input has ended")
      // Backspace takes a whole character, Ctrl-U the line.
      case 0x08, 0x7F: bytes = Array(String(decoding: bytes, as: UTF8.self).dropLast().utf8)
      case 0x15: bytes = []
      default: if bytes.count < 4096 { bytes.append(byte) }
      }
    }
  }
}
