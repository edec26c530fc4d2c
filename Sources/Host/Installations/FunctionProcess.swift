import Core
import FoundationEssentials
import Glibc

/// A function's executable, started for one event by standard input: how commands use libraries that this program does
/// not link. The executable stands beside this program.
///
/// Interrupting the command interrupts the function too: both are in the terminal's process group.
package struct FunctionProcess {
  private let executable: String
  private let handler: String
  private let environment: [String: String]

  /// - Parameter environment: added to this process's own.
  package init(executable: String, handler: String, environment: [String: String] = [:]) {
    (self.executable, self.handler, self.environment) = (executable, handler, environment)
  }

  /// Starts the function, gives it `event` and waits for its end.
  ///
  /// - Returns: the function's result, JSON.
  /// - Throws: `InstallationError` if it cannot be started or fails; it has said why on standard error.
  package func answer(to event: [UInt8]) async throws -> [UInt8] {
    try await DedicatedThread.run(name: "function") { try run(event) }
  }

  private func run(_ event: [UInt8]) throws -> [UInt8] {
    let path = "\(Installation.programFolder)/\(executable)"
    guard access(path, X_OK) == 0 else {
      throw InstallationError(
        "this command needs the program '\(executable)' in \(Installation.programFolder); it is not there")
    }
    var variables = ProcessEnvironment.variables.merging(environment) { $1 }
    variables["_HANDLER"] = handler
    variables["AWS_LAMBDA_RUNTIME_API"] = nil
    let input = try Self.pipe()
    let output = try Self.pipe()
    let process: pid_t
    do {
      process = try Self.spawn(path, variables, input: input.read, output: output.write)
    } catch {
      for descriptor in [input.read, input.write, output.read, output.write] { close(descriptor) }
      throw error
    }
    close(input.read)
    close(output.write)
    // A function reads its event before it does anything else, so that this never waits for long.
    Self.write(event, to: input.write)
    close(input.write)
    let result = Self.readAll(output.read)
    close(output.read)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    guard status == 0 else { throw InstallationError("'\(executable)' failed") }
    return result
  }

  static func pipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    guard Glibc.pipe(&ends) == 0 else {
      throw InstallationError("cannot make a pipe: \(String(cString: strerror(errno)))")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  static func spawn(
    _ path: String, _ variables: [String: String], input: Int32, output: Int32
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Signals that this program handles in its own way are at their defaults in the child.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    let arguments = [strdup(path), nil]
    let values = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in arguments + values { free(text) } }
    var process = pid_t()
    let status = posix_spawn(&process, path, &actions, &attributes, arguments, values)
    guard status == 0 else {
      throw InstallationError("cannot start '\(path)': \(String(cString: strerror(status)))")
    }
    return process
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        return
      }
    }
  }

  static func readAll(_ descriptor: Int32) -> [UInt8] {
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count > 0 {
        result += buffer[..<count]
      } else if count == 0 || errno != EINTR {
        return result
      }
    }
  }
}
