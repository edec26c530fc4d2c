import Glibc
import Core
import Synchronization

/// One event from standard input, its result to standard output: for people, pipes and tests.
///
/// What goes wrong is for the run loop to log; it makes the exit code.
final class StandardInputClient: RuntimeAPIClient {
  /// As much as Lambda's Runtime API would bring.
  private static let maximumEventBytes = 32 << 20

  private let input: Int32
  private let output: Int32
  private let hasRead = Atomic(false)

  init(input: Int32 = 0, output: Int32 = 1) {
    self.input = input
    self.output = output
  }

  func next() async throws -> Invocation? {
    if hasRead.exchange(true, ordering: .relaxed) { return nil }
    let event = try await DedicatedThread.run(name: "stdin") { [input] in try Self.readAll(input) }
    return Invocation(requestID: RequestID.make(), event: event)
  }

  func respond(to requestID: String, with result: [UInt8]) async throws {
    try await DedicatedThread.run(name: "stdout") { [output] in try Self.writeAll(result, to: output) }
  }

  func stream(_ requestID: String, contentType: String) async throws -> any ResponseStream {
    StandardOutputStream(output: output)
  }

  /// The pipe's reader sets the pace.
  private struct StandardOutputStream: ResponseStream {
    let output: Int32

    func write(_ bytes: [UInt8]) async throws {
      do {
        try await DedicatedThread.run(name: "stdout") { [output] in try StandardInputClient.writeAll(bytes, to: output)
        }
      } catch let error as RuntimeAPIError {
        throw StreamClosed(message: error.message)
      }
    }

    /// An incomplete result makes the exit code.
    func finish(_ failure: FunctionFailure?) async throws {}
  }

  func report(_ failure: FunctionFailure, of requestID: String) async throws {}

  func reportInitialisation(_ failure: FunctionFailure) async throws {}

  private static func readAll(_ descriptor: Int32) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count > 0 {
        bytes += buffer[..<count]
        guard bytes.count <= maximumEventBytes else {
          throw RuntimeAPIError(
            code: "EventTooLarge", message: "the event on standard input must be at most \(maximumEventBytes) bytes")
        }
      } else if count == 0 {
        return bytes
      } else if errno != EINTR {
        throw RuntimeAPIError(
          code: "CannotReadEvent", message: "reading standard input failed: \(String(cString: strerror(errno)))")
      }
    }
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        throw RuntimeAPIError(
          code: "CannotWriteResult", message: "writing standard output failed: \(String(cString: strerror(errno)))")
      }
    }
  }
}
