import CProcess
import Glibc

/// Starts a program by `vfork` and `exec`; see `cprocess_spawn`.
enum ProcessStart {
  /// - Parameters:
  ///   - input: becomes standard input; below 0 for `/dev/null`.
  ///   - output: becomes standard output and error.
  ///   - isServer: its children are confined, each by rules of its own.
  /// - Returns: 0, or the errno of the step that failed.
  static func start(
    _ request: ProcessRequest, environment: [String: String], input: Int32 = -1, output: Int32, isServer: Bool = false,
    _ pid: inout pid_t, _ pidDescriptor: inout Int32
  ) -> Int32 {
    let (ruleset, failure) = (isServer ? nil : request.confinement?.ruleset()) ?? (-1, 0)
    guard failure == 0 else { return failure }
    defer { if ruleset >= 0 { close(ruleset) } }
    let arguments = [request.executable] + request.arguments
    let environment = environment.map { "\($0.key)=\($0.value)" }
    return withCStrings(arguments) { arguments in
      withCStrings(environment) { environment in
        request.executable.withCString { executable in
          request.directory.withCString { directory in
            var order = cprocess_request(
              executable: executable, arguments: arguments, environment: environment, directory: directory,
              input: input, output: output, open_files: 1024, is_confined: request.confinement == nil ? 0 : 1,
              ruleset: ruleset)
            return cprocess_spawn(&order, &pid, &pidDescriptor)
          }
        }
      }
    }
  }
}

/// Calls `body` with a NULL-terminated array of C strings.
func withCStrings<Value>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Value
) -> Value {
  var copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
  copies.append(nil)
  defer { for copy in copies { free(copy) } }
  return body(&copies)
}
