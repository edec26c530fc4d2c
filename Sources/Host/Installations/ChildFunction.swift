import CProcess
import Core
import FoundationEssentials
import Glibc
import Synchronization

/// A function's executable, started for one event by standard input, which ends with this process and with the task that
/// waits for it. What it writes is only looked at if it fails.
package struct ChildFunction: Sendable {
  private let executable: String

  /// The function beside this program, or the one that the environment names.
  ///
  /// - Parameters:
  ///   - name: of the executable.
  ///   - variable: of the environment; its value is the executable's path.
  /// - Throws: `InstallationError` if there is no such program.
  package init(_ name: String, orNamedBy variable: String) throws {
    executable = ProcessEnvironment.variables[variable] ?? "\(Installation.programFolder)/\(name)"
    guard access(executable, X_OK) == 0 else {
      throw InstallationError(
        "the program '\(executable)' is missing; install \(name) beside zoetrope, or name it in \(variable)")
    }
  }

  /// Runs the process and waits for its end. A cancelled task kills it.
  ///
  /// - Parameter file: where the event is meanwhile; no other may be there.
  /// - Throws: `InstallationError` with what the function said if it failed.
  package func run(_ event: [UInt8], file: String) async throws {
    try Data(event).write(to: URL(filePath: file))
    defer { unlink(file) }
    let running = Mutex<(pid: pid_t, isCancelled: Bool)>((0, false))
    let kill = { @Sendable in
      running.withLock { running in
        running.isCancelled = true
        if running.pid > 0 { _ = Glibc.kill(-running.pid, SIGKILL) }
      }
    }
    try await withTaskCancellationHandler {
      // The process dies with the thread that started it.
      try await DedicatedThread.run(name: "part") { try wait(file, running: running) }
    } onCancel: {
      kill()
    }
    try Task.checkCancellation()
  }

  private func wait(_ input: String, running: borrowing Mutex<(pid: pid_t, isCancelled: Bool)>) throws {
    var ends: [Int32] = [-1, -1]
    guard cprocess_pipe(&ends) == 0 else { throw InstallationError("cannot make a pipe for '\(executable)'") }
    let file = open(input, O_RDONLY | O_CLOEXEC)
    defer { close(ends[0]) }
    let environment =
      ProcessEnvironment.variables.filter { $0.key != "AWS_LAMBDA_RUNTIME_API" }
      .map { strdup("\($0.key)=\($0.value)") } + [nil]
    let arguments = [strdup(executable), nil]
    defer { (environment + arguments).forEach { free($0) } }
    var (pid, pidfd): (pid_t, Int32) = (0, -1)
    let status = executable.withCString { path in
      environment.withUnsafeBufferPointer { environment in
        arguments.withUnsafeBufferPointer { arguments in
          "/".withCString { directory in
            var request = cprocess_request(
              executable: path, arguments: arguments.baseAddress, environment: environment.baseAddress,
              directory: directory, input: file, output: ends[1], open_files: 1024,
              is_confined: 0, ruleset: -1)
            return cprocess_spawn(&request, &pid, &pidfd)
          }
        }
      }
    }
    close(file)
    close(ends[1])
    guard status == 0 else {
      throw InstallationError("cannot start '\(executable)': \(String(cString: strerror(status)))")
    }
    close(pidfd)
    let isCancelled = running.withLock { running in
      running.pid = pid
      return running.isCancelled
    }
    if isCancelled { kill(-pid, SIGKILL) }
    let said = Self.readAll(ends[0])
    var exit: Int32 = 0
    while waitpid(pid, &exit, 0) < 0, errno == EINTR {}
    running.withLock { $0.pid = 0 }
    guard exit == 0 else {
      throw InstallationError("'\(executable)' failed: \(Self.reason(said, exit))")
    }
  }

  /// At most the last 64 KiB.
  private static func readAll(_ descriptor: Int32) -> String {
    var said: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count > 0 {
        said = Array((said + buffer[..<count]).suffix(64 << 10))
      } else if count == 0 {
        break
      } else if errno == EAGAIN {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&wanted, 1, -1)
      } else if errno != EINTR {
        break
      }
    }
    return String(decoding: said, as: UTF8.self)
  }

  private static func reason(_ said: String, _ exit: Int32) -> String {
    if exit & 0x7f != 0 { return "it was ended by signal \(exit & 0x7f)" }
    let lines = said.split(separator: "\n").filter { !$0.isEmpty }
    return lines.last.map(String.init) ?? "it ended with status \(exit >> 8)"
  }
}
