import FoundationEssentials
import FunctionHost
import Glibc
import Logging
import NIOCore
import NIOPosix
import Core
import Testing

@Suite struct IsolationTests {
  @Test("a crash costs its own call only, and its last words are kept", arguments: Start.allCases)
  func crash(start: Start) async throws {
    try await withHost(start) { host in
      let (failure, result) = try await host.failure(["do": "crash"])
      #expect(failure.kind == .crashed)
      #expect(failure.type == "Runtime.ExitError")
      #expect(failure.message.hasSuffix("Runtime exited with error: signal: segmentation fault"))
      #expect(String(decoding: result.logTail, as: UTF8.self).contains("last words\n"))
      let value1 = try await host.result([:])["count"]?.intValue
      #expect(value1 == 1)
    }
  }

  @Test("an early exit is a failure of the call, with its status", arguments: Start.allCases)
  func earlyExit(start: Start) async throws {
    try await withHost(start) { host in
      let value2 = try await host.failure(["do": "exit", "code": 9]).0.message
      #expect(value2.hasSuffix("exit status 9"))
      let value3 = try await host.failure(["do": "exit", "code": 0]).0.message
      #expect(value3.hasSuffix("without providing a reason"))
    }
  }

  @Test("what works in the background does so beside other sessions, too", arguments: Start.allCases)
  func niceness(start: Start) async throws {
    try await withHost(start, isConfined: true, niceness: 7) { host in
      let pid = try #require(try await host.result([:])["pid"]?.intValue)
      #expect(getpriority(Int32(PRIO_PROCESS.rawValue), id_t(pid)) == 7)
      // Systems that do not group sessions have no such file.
      guard FileManager.default.fileExists(atPath: "/proc/\(pid)/autogroup") else { return }
      #expect(
        try await eventually {
          (try? String(contentsOf: URL(filePath: "/proc/\(pid)/autogroup"), encoding: .utf8))?.hasSuffix(" nice 7\n")
            ?? false
        })
    }
  }

  @Test("a process that ends after its response costs nothing", arguments: Start.allCases)
  func exitAfterResponse(start: Start) async throws {
    try await withHost(start) { host in
      let value4 = try await host.result(["do": "respond-and-exit"])["count"]?.intValue
      #expect(value4 == 1)
      let value5 = try await host.result([:])["count"]?.intValue
      #expect(value5 == 1)
    }
  }

  @Test("what a process sent before it ended counts, however late it is read")
  func lastWords() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    try await withHost(group: group) { host in
      let (file, gate) = ("\(host.folder)/file", "\(host.folder)/gate")
      async let answer = host.result(["do": "answer-and-die", "file": .string(file), "gate": .string(gate)])
      var pid: pid_t?
      #expect(
        try await eventually {
          pid = (try? String(contentsOf: URL(filePath: file), encoding: .utf8)).flatMap { pid_t($0) }
          return pid != nil
        })
      // Nothing is read while the process sends and ends; then its end is known before its words are.
      let process = try #require(pid)
      group.next().execute {
        _ = FileManager.default.createFile(atPath: gate, contents: nil)
        for _ in 0..<20_000 where kill(process, 0) == 0 { usleep(1000) }
        // The host has waited for it and is about to say so.
        usleep(500_000)
      }
      #expect(try await answer == "done")
    }
    try await group.shutdownGracefully()
  }

  @Test("time-out kills the process with all its children, and removes its files", arguments: Start.allCases)
  func timeoutKillsGroup(start: Start) async throws {
    try await withHost(start, timeout: .seconds(2)) { host in
      let file = "\(host.folder)/pids"
      let (failure, result) = try await host.failure(["do": "fork", "file": .string(file), "then": "hang"])
      #expect(failure.kind == .timedOut)
      #expect(failure.type == "Sandbox.Timedout")
      #expect(failure.message.hasSuffix("Task timed out after 2.00 seconds"))
      #expect(String(decoding: result.logTail, as: UTF8.self).contains("Task timed out after 2.00 seconds\nEND"))
      #expect(result.report.duration >= .seconds(2))
      let pids = try pids(file)
      #expect(pids.count == 3)
      #expect(try await eventually { !pids.contains(where: isRunning) })
      #expect(try await eventually { host.observed.environmentEnds == [.timedOut] })
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(host.folder)/tmp").isEmpty)
      let value6 = try await host.result([:])["count"]?.intValue
      #expect(value6 == 1)
    }
  }

  @Test("children that outlive their function's process are killed with it", arguments: Start.allCases)
  func childrenOfExited(start: Start) async throws {
    try await withHost(start) { host in
      let file = "\(host.folder)/pids"
      _ = try await host.result(["do": "fork", "file": .string(file)])
      let pids = try pids(file)
      #expect(pids.allSatisfy(isRunning))
      _ = try await host.failure(["do": "exit"])
      #expect(try await eventually { !pids.contains(where: isRunning) })
    }
  }

  @Test(
    "files beyond the ephemeral storage end the process, and the next one has none of them", arguments: Start.allCases)
  func storage(start: Start) async throws {
    try await withHost(start, storage: 2, configure: { $0.memoryInterval = .milliseconds(25) }) { host in
      _ = try await host.result(["do": "write", "bytes": .integer(1 << 20)])
      let (failure, result) = try await host.failure(["do": "write", "bytes": .integer(3 << 20), "then": "hang"])
      #expect(failure.type == "Runtime.EphemeralStorageFull")
      #expect(
        failure.message.hasPrefix("RequestId: \(result.report.requestID) Error: No space left on device: TMPDIR holds ")
      )
      #expect(try await host.result(["do": "write", "bytes": .integer(1 << 20)])["count"]?.intValue == 1)
    }
  }

  @Test("memory beyond its size kills the process", arguments: ["leak", "fork-leak"], Start.allCases)
  func memory(kind: String, start: Start) async throws {
    try await withHost(start, memory: 100, configure: { $0.memoryInterval = .milliseconds(25) }) { host in
      let (failure, result) = try await host.failure(["do": .string(kind)])
      #expect(failure.kind == .outOfMemory)
      #expect(failure.type == "Runtime.OutOfMemory")
      #expect(result.report.maximumMemoryMiB > 100)
      let value7 = try await host.result([:])["count"]?.intValue
      #expect(value7 == 1)
    }
  }

  @Test("a start that fails is the call's failure, with the reason", arguments: Start.allCases)
  func initialization(start: Start) async throws {
    try await withHost(start, mode: "init-exit") { host in
      let (failure, result) = try await host.failure([:])
      #expect(failure.kind == .initialization)
      #expect(
        failure.message == "RequestId: \(result.report.requestID) Error: Runtime exited with error: exit status 7")
      #expect(host.observed.log.contains { $0.text == "cannot start" })
      let tail = String(decoding: result.logTail, as: UTF8.self)
      #expect(tail.hasPrefix("cannot start\nINIT_REPORT Init Duration: "))
      #expect(tail.hasSuffix("\tPhase: init\tStatus: error\tError Type: Runtime.ExitError\n"))
    }
    try await withHost(start, mode: "init-error") { host in
      let (failure, _) = try await host.failure([:])
      #expect(failure.kind == .initialization)
      #expect(failure.type == "Config")
      #expect(failure.message == "no bucket")
    }
  }

  /// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
  @Test("a start that takes too long is tried once more, within the call's own time", arguments: Start.allCases)
  func secondTry(start: Start) async throws {
    let short: (inout HostConfiguration) -> Void = { $0.initTimeout = .milliseconds(200) }
    try await withHost(start, mode: "init-late", timeout: .seconds(60), configure: short) { host in
      let result = try await host.invoke([:])
      guard case .success = result.outcome else { throw TestHost.Unexpected(result.outcome) }
      // The second start is part of what the call took.
      #expect(result.report.duration > .seconds(1))
      #expect(result.report.initDuration == nil)
      #expect(try await host.result([:])["count"]?.intValue == 2)
    }
    try await withHost(start, mode: "init-hang", timeout: .seconds(5), configure: short) { host in
      let (failure, result) = try await host.failure([:])
      #expect(failure.kind == .timedOut)
      #expect(failure.message == "RequestId: \(result.report.requestID) Error: Task timed out after 5.00 seconds")
      let tail = String(decoding: result.logTail, as: UTF8.self)
      #expect(tail == "hanging\nINIT_REPORT Init Duration: 5000.00 ms\tPhase: invoke\tStatus: timeout\n")
    }
  }

  @Test("an executable that is missing is the call's failure and names the file", arguments: Start.allCases)
  func missing(start: Start) async throws {
    try await withHost(start) { host in
      try FileManager.default.removeItem(atPath: "\(host.folder)/bootstrap")
      let (failure, _) = try await host.failure([:])
      #expect(failure.kind == .initialization)
      #expect(failure.message.contains("\(host.folder)/bootstrap"))
      #expect(failure.message.contains("No such file"))
    }
  }

  @Test("every waiting call gets the failure of a function that cannot start", arguments: Start.allCases)
  func manyFailedStarts(start: Start) async throws {
    try await withHost(start, mode: "init-exit", environments: 3) { host in
      let failures = try await withThrowingTaskGroup(of: FunctionFailure.Kind.self) { group in
        for _ in 0..<12 { group.addTask { try await host.failure([:]).0.kind } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(failures == Array(repeating: .initialization, count: 12))
    }
  }

  @Test("a log flood is cut and told, and the call goes on")
  func flood() async throws {
    try await withHost(configure: { $0.log = LogLimits(burstBytes: 64 << 10, bytesPerSecond: 1024) }) { host in
      let result = try await host.invoke(["do": "flood", "seconds": .number(0.4)])
      guard case .success = result.outcome else { throw TestHost.Unexpected(result.outcome) }
      let log = host.observed.log
      #expect(log.reduce(0) { $0 + $1.text.utf8.count } < 128 << 10)
      #expect(log.contains { $0.text.contains("not kept") })
      #expect(log.last?.text.hasPrefix("REPORT RequestId: ") == true)
      #expect(result.logTail.count <= 4096)
    }
  }

  @Test("lines carry the call they belong to, between START and REPORT", arguments: Start.allCases)
  func logLines(start: Start) async throws {
    try await withHost(start) { host in
      let event = try JSON.encode(JSONValue.object(["do": "print", "text": "one\ntwo"]))
      let result = await host.host.invoke("test", InvocationRequest(requestID: "r1", payload: event))
      let texts = host.observed.log.filter { $0.requestID == "r1" }.map(\.text)
      #expect(
        texts.prefix(5) == ["START RequestId: r1 Version: $LATEST", "one", "two", "to stderr", "END RequestId: r1"])
      #expect(texts.count == 6)
      let report = try #require(texts.last)
      #expect(report.hasPrefix("REPORT RequestId: r1\tDuration: "))
      #expect(report.contains("\tMemory Size: 256 MB\tMax Memory Used: "))
      #expect(report.contains("\tInit Duration: "))
      #expect(String(decoding: result.logTail, as: UTF8.self) == texts.joined(separator: "\n") + "\n")
      #expect(result.report.maximumMemoryMiB > 2)
    }
  }

  @Test("shutdown ends every process and leaves no file", arguments: Start.allCases)
  func shutdown(start: Start) async throws {
    let host = try TestHost(start, environments: 3)
    let file = "\(host.folder)/pids"
    async let hanging = host.invoke(["do": "fork", "file": .string(file), "then": "hang"])
    #expect(try await eventually { (try? pids(file).count) == 3 })
    let all = try pids(file)
    await host.host.shutdown()
    #expect(!all.contains(where: isRunning))
    let outcome = try await hanging.outcome
    guard case .failure = outcome else { throw TestHost.Unexpected(outcome) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(host.folder)/tmp").isEmpty)
    try await host.close()
  }

  @Test("a process leads its own session and is to die with the host", arguments: Start.allCases)
  func deathSignal(start: Start) async throws {
    try await withHost(start) { host in
      let result = try await host.result(["do": "death-signal"])
      #expect(result["signal"]?.intValue == 9)
      #expect(result["leads"]?.boolValue == true)
    }
  }

  @Test("processes and files that a killed host left are removed when the next one starts")
  func orphans() async throws {
    let folder = "/tmp/zoetrope-orphans-\(RequestID.make())"
    try FileManager.default.createDirectory(atPath: "\(folder)/f-1", withIntermediateDirectories: true)
    try Data("x".utf8).write(to: URL(filePath: "\(folder)/f-1/scratch"))
    var orphan = pid_t()
    var other = pid_t()
    #expect(spawnSleep(environment: ["TMPDIR=\(folder)/f-1"], &orphan) == 0)
    #expect(spawnSleep(environment: ["TMPDIR=\(folder)-of-another-host/f-1"], &other) == 0)
    let host = try FunctionHost(
      configuration: HostConfiguration(temporaryFolder: folder), functions: [],
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"), observer: Observed())
    var status: Int32 = 0
    #expect(waitpid(orphan, &status, 0) == orphan)
    #expect(status & 0x7f == SIGKILL)
    #expect(isRunning(other))
    kill(other, SIGKILL)
    waitpid(other, nil, 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    await host.shutdown()
    try FileManager.default.removeItem(atPath: folder)
  }

  private func spawnSleep(environment: [String], _ pid: inout pid_t) -> Int32 {
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("600"), nil]
    var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { for text in arguments + variables { free(text) } }
    return posix_spawn(&pid, "/bin/sleep", nil, nil, &arguments, &variables)
  }

  private func pids(_ file: String) throws -> [Int32] {
    try String(contentsOf: URL(filePath: file), encoding: .utf8).split(separator: " ").compactMap { Int32($0) }
  }
}
