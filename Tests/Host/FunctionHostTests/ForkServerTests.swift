import CProcess
import FoundationEssentials
import FunctionHost
import Glibc
import Logging
import NIOCore
import NIOPosix
import Core
import Testing

/// What is particular about processes that are forked from a server; whatever else holds for processes is shown for both
/// kinds by `IsolationTests` and `InvocationTests`.
@Suite struct ForkServerTests {
  @Test("all of a function's processes are forked from one server, each with its own variables")
  func oneServer() async throws {
    try await withHost(.forked, environments: 3, environment: ["Own": "1", "ZOETROPE_FORK_SERVER": "1"]) { host in
      let (forked, alone) = (try await three(host), try await variables(of: .alone))
      #expect(host.servers.count == 1)
      #expect(Set(forked.map { $0["TMPDIR"] }).count == 3)
      for variables in forked { #expect(Set(variables.keys) == Set(alone.keys)) }
      let server = try String(contentsOf: URL(filePath: "/proc/\(host.servers[0])/environ"), encoding: .utf8)
      #expect(server.contains("Own=1"))
      #expect(server.contains("TMPDIR=\(host.folder)/tmp/"))
      #expect(!server.contains("AWS_ACCESS_KEY_ID"))
    }
  }

  /// The variables of three processes that run at the same time.
  private func three(_ host: TestHost) async throws -> [[String: JSONValue]] {
    let folder = "\(host.folder)/meet"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    return try await withThrowingTaskGroup(of: JSONValue.self) { group in
      for _ in 0..<3 {
        group.addTask { try await host.result(["do": "environment", "meet": .string(folder), "number": 3]) }
      }
      return try await group.reduce(into: []) { $0.append($1) }.compactMap { $0["environment"]?.objectValue }
    }
  }

  private func variables(of start: Start) async throws -> [String: JSONValue] {
    let host = try TestHost(start, environment: ["Own": "1"])
    let result = try await host.result(["do": "environment"])
    try await host.close()
    return try #require(result["environment"]?.objectValue)
  }

  @Test("two functions have a server each, and nothing of each other")
  func twoFunctions() async throws {
    let folder = "/tmp/zoetrope-two-\(RequestID.make())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try TestFunctions.make(in: folder, .forked)
    let host = try FunctionHost(
      configuration: HostConfiguration(temporaryFolder: "\(folder)/tmp"),
      functions: ["one", "two"].map {
        FunctionConfiguration(
          name: $0, executable: "\(folder)/bootstrap", codeFolder: folder, environment: ["Own\($0)": $0],
          timeout: .seconds(20), memorySizeMiB: 256)
      },
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"), observer: Observed())
    for (name, other) in [("one", "two"), ("two", "one")] {
      let result = await host.invoke(
        name, InvocationRequest(payload: try JSON.encode(JSONValue.object(["do": "environment"]))))
      guard case .success(let bytes) = result.outcome else { throw TestHost.Unexpected(result.outcome) }
      let variables = try #require(try JSON.decode(JSONValue.self, from: bytes)["environment"]?.objectValue)
      #expect(variables["Own\(name)"]?.stringValue == name)
      #expect(variables["Own\(other)"] == nil)
      #expect(variables["AWS_LAMBDA_FUNCTION_NAME"]?.stringValue == name)
    }
    #expect(forkServers(of: "\(folder)/bootstrap").count == 2)
    await host.shutdown()
    #expect(forkServers(of: "\(folder)/bootstrap").isEmpty)
    try FileManager.default.removeItem(atPath: folder)
  }

  @Test("a server that dies takes nothing with it, and another takes its place")
  func serverDies() async throws {
    try await withHost(.forked) { host in
      let first = try await host.result([:])["pid"]?.intValue
      let server = try #require(host.servers.first)
      kill(server, SIGKILL)
      #expect(try await eventually { host.servers.isEmpty })
      #expect(try await host.result([:])["pid"]?.intValue == first)
      _ = try await host.failure(["do": "exit"])
      #expect(try await host.result([:])["count"]?.intValue == 1)
      // A process that has just been forked looks like its server.
      #expect(try await eventually { host.servers.count == 1 })
      #expect(host.servers != [server])
    }
  }

  @Test("a server that does not answer is done without, and gone")
  func serverHangs() async throws {
    try await withHost(.forked) { host in
      _ = try await host.result([:])
      let server = try #require(host.servers.first)
      kill(server, SIGSTOP)
      _ = try await host.failure(["do": "exit"])
      let result = try await host.invoke(["do": "print", "text": "here"])
      guard case .success = result.outcome else { throw TestHost.Unexpected(result.outcome) }
      #expect(String(decoding: result.logTail, as: UTF8.self).contains("here\n"))
      #expect(try await eventually { !host.servers.contains(server) })
      // For a moment no other is tried.
      for _ in 0..<600 where host.servers.isEmpty {
        _ = try await host.failure(["do": "exit"])
        #expect(try await host.result([:])["count"]?.intValue == 1)
      }
      #expect(host.servers.count == 1)
    }
  }

  @Test("a shutdown while a server owes an answer leaves nothing")
  func shutdownMeanwhile() async throws {
    let host = try TestHost(.forked)
    _ = try await host.result([:])
    let server = try #require(host.servers.first)
    kill(server, SIGSTOP)
    _ = try await host.failure(["do": "exit"])
    async let waiting = host.invoke([:])
    #expect(try await eventually { host.host.status().first?.starting == 1 })
    await host.host.shutdown()
    let outcome = try await waiting.outcome
    if case .success = outcome { throw TestHost.Unexpected(outcome) }
    #expect(host.servers.isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(host.folder)/tmp").isEmpty)
    try await host.close()
  }

  @Test("an executable that was replaced has a server of its own")
  func replaced() async throws {
    try await withHost(.forked) { host in
      _ = try await host.result([:])
      let server = try #require(host.servers.first)
      try FileManager.default.copyItem(atPath: TestFunctions.forked, toPath: "\(host.folder)/new")
      #expect(rename("\(host.folder)/new", "\(host.folder)/bootstrap") == 0)
      _ = try await host.failure(["do": "exit"])
      _ = try await host.result([:])
      #expect(try await eventually { host.servers.count == 1 && host.servers != [server] })
    }
  }

  @Test("an executable that only claims to be a server is started by itself")
  func claims() async throws {
    try await withHost(.forked) { host in
      let path = "\(host.folder)/bootstrap"
      var bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
      let mark = Array("ZOETROPE_FORK_SERVER=1".utf8)
      let place = try #require(bytes.indices.first { bytes[$0...].starts(with: mark) })
      bytes[place] = UInt8(ascii: "X")
      try Data(bytes).write(to: URL(filePath: path))
      chmod(path, 0o755)
      for _ in 0..<3 {
        #expect(try await host.result([:])["count"]?.intValue == 1)
        _ = try await host.failure(["do": "exit"])
      }
    }
  }

  @Test("other people's executables are started as usual")
  func foreign() async throws {
    let folder = "/tmp/zoetrope-foreign-\(RequestID.make())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try TestFunctions.make(in: folder, .alone)
    let host = try FunctionHost(
      configuration: HostConfiguration(temporaryFolder: "\(folder)/tmp"),
      functions: [
        FunctionConfiguration(
          name: "test", executable: "/usr/bin/python3", arguments: ["-u", "\(folder)/bootstrap"], codeFolder: folder,
          timeout: .seconds(20), memorySizeMiB: 256)
      ],
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"), observer: Observed())
    let result = await host.invoke("test", InvocationRequest(payload: Array("{}".utf8)))
    guard case .success = result.outcome else { throw TestHost.Unexpected(result.outcome) }
    #expect(forkServers(of: "/usr/bin/python3").isEmpty)
    await host.shutdown()
    try FileManager.default.removeItem(atPath: folder)
  }

  @Test("a child that was forked, not started, and has a session of its own ends with its process")
  func ownSession() async throws {
    let file = "/tmp/zoetrope-child-\(RequestID.make())"
    try await withHost(.forked, environment: ["CHILD": file]) { host in
      _ = try await host.result([:])
      var child: pid_t?
      #expect(
        try await eventually {
          child = (try? String(contentsOf: URL(filePath: file), encoding: .utf8)).flatMap { pid_t($0) }
          return child != nil
        })
      let pid = try #require(child)
      #expect(isRunning(pid))
      #expect(host.servers.count == 1)
      _ = try await host.failure(["do": "exit"])
      #expect(try await eventually { !isRunning(pid) })
    }
    try FileManager.default.removeItem(atPath: file)
  }

  @Test("an order that is not as it should be is refused, and the next one is carried out")
  func malformed() async throws {
    let server = try OwnServer()
    defer { server.end() }
    let long = "/tmp\0A=" + String(repeating: "x", count: 130 << 10) + "\0"
    for order in ["/tmp", "tmp\0A=1\0", "/tmp\0A\0", "\0", long, "/tmp\0" + String(repeating: "A=\0", count: 2048)] {
      let answer = try server.order(order)
      #expect(answer?.error == EINVAL)
      #expect(answer?.pid == 0)
    }
    let missing = try server.order("/no/such/folder\0A=1\0", until: 1)
    #expect(missing?.error == ENOENT)
    let made = try #require(missing?.pid)
    // It is a child of ours and not the server's, and ends when it is not let go.
    var status: Int32 = 0
    #expect(waitpid(made, &status, 0) == made)
    #expect(status >> 8 & 0xff == 127)
  }
}

extension TestHost {
  var servers: [pid_t] { forkServers(of: "\(folder)/bootstrap") }
}

/// A fork server of the test's own.
private final class OwnServer {
  private let socket: Int32
  private let pid: pid_t
  private let output: Int32

  init() throws {
    let output = open("/dev/null", O_WRONLY | O_CLOEXEC)
    self.output = output
    var ends: [Int32] = [-1, -1]
    try #require(cprocess_socketpair(&ends) == 0)
    var (pid, descriptor): (pid_t, Int32) = (0, -1)
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("server"), nil]
    var variables: [UnsafeMutablePointer<CChar>?] = [strdup("ZOETROPE_FORK_SERVER=1"), nil]
    defer { for text in arguments + variables { free(text) } }
    let error = TestFunctions.forked.withCString { executable in
      "/".withCString { directory in
        arguments.withUnsafeMutableBufferPointer { arguments in
          variables.withUnsafeMutableBufferPointer { variables in
            var request = cprocess_request(
              executable: executable, arguments: arguments.baseAddress, environment: variables.baseAddress,
              directory: directory, input: ends[1], output: output, open_files: 1024, is_confined: 0, ruleset: -1)
            return cprocess_spawn(&request, &pid, &descriptor)
          }
        }
      }
    }
    close(ends[1])
    close(descriptor)
    try #require(error == 0)
    self.pid = pid
    socket = ends[0]
  }

  /// The first answer of that stage, or the last there is.
  func order(_ text: String, until stage: Int32 = 0) throws -> cprocess_answer? {
    var ends: [Int32] = [-1, -1]
    try #require(cprocess_socketpair(&ends) == 0)
    defer { close(ends[0]) }
    let bytes = Array(text.utf8)
    let error = bytes.withUnsafeBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) { cprocess_order(socket, $0.baseAddress, $0.count, output, ends[1], -1) }
    }
    close(ends[1])
    try #require(error == 0)
    var last: cprocess_answer?
    var answer = cprocess_answer()
    var ready = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
    while poll(&ready, 1, 60_000) == 1, cprocess_hear(ends[0], &answer) == 1 {
      last = answer
      if answer.stage == stage { break }
    }
    return last
  }

  /// It ends when nothing can be ordered any more.
  func end() {
    close(socket)
    var status: Int32 = -1
    #expect(waitpid(pid, &status, 0) == pid)
    #expect(status == 0)
    close(output)
  }
}
