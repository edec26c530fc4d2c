import FoundationEssentials
import Glibc

/// This process's surroundings, for composition roots only.
package enum ProcessEnvironment {
  package static var variables: [String: String] { ProcessInfo.processInfo.environment }

  /// Ends the process with an exit code.
  package static func exit(_ status: Int32) -> Never {
    Glibc.exit(status)
  }
}
