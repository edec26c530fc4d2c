import Glibc

/// How a process ended.
package enum ExitStatus: Sendable, Equatable {
  case exited(Int32)
  case signalled(Int32)

  init(waitStatus status: Int32) {
    self = status & 0x7f == 0 ? .exited((status >> 8) & 0xff) : .signalled(status & 0x7f)
  }

  /// In the words that Lambda uses.
  package var description: String {
    switch self {
    case .exited(0): "Runtime exited without providing a reason"
    case .exited(let code): "Runtime exited with error: exit status \(code)"
    case .signalled(let signal): "Runtime exited with error: signal: \(String(cString: strsignal(signal)).lowercased())"
    }
  }
}
