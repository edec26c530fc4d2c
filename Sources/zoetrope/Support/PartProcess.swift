import Installations
import CProcess
import Core
import FoundationEssentials
import Glibc
import MediaTypes
import Synchronization
import VideoProxy

/// A process of the function `EncodeSegment` that makes one part of a local file.
struct PartProcess: Sendable {
  let executable: String

  /// The function beside this program, or the one that `ZOETROPE_ENCODE_SEGMENT` names.
  init() throws {
    let named = ProcessEnvironment.variables["ZOETROPE_ENCODE_SEGMENT"]
    executable = named ?? "\(Installation.programFolder)/EncodeSegment"
    guard access(executable, X_OK) == 0 else {
      throw CommandError(
        "the encoder '\(executable)' is missing; install EncodeSegment beside zoetrope, or name it in ZOETROPE_ENCODE_SEGMENT"
      )
    }
  }

  /// Runs the process and waits for its end. A cancelled task kills it.
  ///
  /// - Throws: `CommandError` with what the function said if the part could not be made.
  func run(_ order: PartOrder, scratch: String) async throws {
    let input = "\(scratch)/\(order.part.name).json"
    try Data(try JSON.encode(order)).write(to: URL(filePath: input))
    defer { unlink(input) }
    let running = Mutex<(pid: pid_t, isCancelled: Bool)>((0, false))
    let kill = { @Sendable in
      running.withLock { running in
        running.isCancelled = true
        if running.pid > 0 { _ = Glibc.kill(-running.pid, SIGKILL) }
      }
    }
    try await withTaskCancellationHandler {
      // The process dies with the thread that started it.
      try await DedicatedThread.run(name: "part") { try wait(input, running: running) }
    } onCancel: {
      kill()
    }
    try Task.checkCancellation()
  }

  private func wait(_ input: String, running: borrowing Mutex<(pid: pid_t, isCancelled: Bool)>) throws {
    var ends: [Int32] = [-1, -1]
    guard cprocess_pipe(&ends) == 0 else { throw CommandError("no pipe for the encoder") }
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
      throw CommandError("cannot start '\(executable)': \(String(cString: strerror(status)))")
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
      throw CommandError("the encoder failed: \(Self.reason(said, exit))")
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
