import FunctionRuntime
import Glibc
import HTTPTransport
import Core
import Testing

/// Standard input and output belong to a whole process, so each of these has one of its own.
@Suite("Functions on standard input", .timeLimit(.minutes(1)))
struct StandardInputTests {
  /// Puts `event` on standard input, runs the handler and returns the exit code and what came out.
  private static func run(
    _ event: [UInt8], _ initialise: @Sendable () async throws -> any FunctionHandler
  ) async throws -> (code: Int32, output: [UInt8]) {
    var input: [Int32] = [0, 0]
    var output: [Int32] = [0, 0]
    guard pipe(&input) == 0, pipe(&output) == 0 else { exit(98) }
    dup2(input[0], 0)
    dup2(output[1], 1)
    close(output[1])
    let (write, read) = (input[1], output[0])
    // More than a pipe holds, so a thread must write while the function reads.
    let writer = try DedicatedThread(name: "writer") {
      var rest = event[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(write, $0.baseAddress, $0.count) }
        guard count > 0 else { break }
        rest = rest.dropFirst(count)
      }
      close(write)
    }
    async let received = DedicatedThread.run(name: "reader") {
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 4096)
      while case let count = Glibc.read(read, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
      return bytes
    }
    let code = await FunctionMain.run(environment: [:], http: CurlTransport(), logger: quiet, initialise: initialise)
    close(1)
    writer.join()
    return (code, try await received)
  }

  @Test("one event, one result")
  func answers() async {
    await #expect(processExitsWith: .exitCode(0)) {
      let event = [UInt8](repeating: UInt8(ascii: "x"), count: 300_000)
      let (code, output) = try await Self.run(event) { Handler { event, _ in event + Array("!".utf8) } }
      exit(code == FunctionMain.ExitCode.success && output == event + Array("!".utf8) ? 0 : 97)
    }
  }

  @Test("a handler that throws makes the exit code 1 and writes no result")
  func fails() async {
    await #expect(processExitsWith: .exitCode(0)) {
      let (code, output) = try await Self.run(Array("{}".utf8)) { Handler { _, _ in throw Sorry() } }
      exit(code == FunctionMain.ExitCode.failure && output.isEmpty ? 0 : 97)
    }
  }

  @Test("a failed initialisation makes the exit code 1; the event is not read")
  func initialisation() async {
    await #expect(processExitsWith: .exitCode(0)) {
      let (code, output) = try await Self.run([]) { throw Sorry() }
      exit(code == FunctionMain.ExitCode.failure && output.isEmpty ? 0 : 97)
    }
  }

  @Test("an event beyond 32 MiB is refused")
  func tooLarge() async {
    await #expect(processExitsWith: .exitCode(0)) {
      let endless = open("/dev/zero", O_RDONLY)
      dup2(endless, 0)
      let code = await FunctionMain.run(environment: [:], http: CurlTransport(), logger: quiet) { Handler.echo }
      exit(code == FunctionMain.ExitCode.failure ? 0 : 97)
    }
  }
}
