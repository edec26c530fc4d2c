import Terminals
import ArgumentParser
import Core

/// How a command ends: the exit code and what is said of it.
enum ExitCodes {
  /// The work was done and failed; what there is to say has been said.
  static let failed = ExitCode(1)
  static let usage = ExitCode(2)
  static let interrupted = ExitCode(130)

  static func exit(with error: any Error, of command: any ParsableCommand.Type) -> Never {
    switch error {
    case let code as ExitCode:
      ProcessEnvironment.exit(code.rawValue)
    case is CancellationError:
      ProcessEnvironment.exit(interrupted.rawValue)
    case let error as any ClassifiedError:
      Terminal.write("zoetrope: \(error.message)\n", to: 2)
      ProcessEnvironment.exit(failed.rawValue)
    default:
      let text = command.fullMessage(for: error)
      switch command.exitCode(for: error) {
      case .success:  // --help, --version
        Terminal.write(text + "\n", to: 1)
        ProcessEnvironment.exit(0)
      case .validationFailure:
        Terminal.write(text + "\n", to: 2)
        ProcessEnvironment.exit(usage.rawValue)
      default:
        Terminal.write("zoetrope: \(Reason.of(error))\n", to: 2)
        ProcessEnvironment.exit(failed.rawValue)
      }
    }
  }
}

/// An error of the command line itself.
struct CommandError: ClassifiedError {
  let message: String
  init(_ message: String) { self.message = message }
  var code: String { "CommandFailed" }
  var isRetryable: Bool { false }
}
