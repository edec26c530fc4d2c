import FoundationEssentials
import FunctionHost
package import Core
import Testing

@Suite struct InvocationTests {
  @Test("a warm environment runs one call after the other")
  func warm() async throws {
    try await withHost { host in
      let first = try await host.result(["text": "hé"])
      let second = try await host.result(["text": "again"])
      #expect(first["event"] == ["text": "hé"])
      #expect(first["count"]?.intValue == 1)
      #expect(second["count"]?.intValue == 2)
      #expect(first["pid"] == second["pid"])
    }
  }

  @Test("calls beyond the environments wait for one")
  func waits() async throws {
    try await withHost(environments: 2) { host in
      let pids = try await withThrowingTaskGroup(of: Int?.self) { group in
        for _ in 0..<8 {
          group.addTask { try await host.result(["do": "sleep", "seconds": .number(0.05)])["pid"]?.intValue }
        }
        return try await group.reduce(into: Set<Int?>()) { $0.insert($1) }
      }
      #expect(pids.count == 2)
      #expect(try await eventually { host.host.status().first?.idle == 2 })
    }
  }

  @Test("the function gets Lambda's headers")
  func headers() async throws {
    try await withHost(timeout: .seconds(7)) { host in
      let before = Date().millisecondsSince1970
      let event = try JSON.encode(JSONValue.object(["do": "headers"]))
      let result = await host.host.invoke(
        "test", InvocationRequest(requestID: "request-1", payload: event, traceID: "Root=1-5-a"))
      guard case .success(let bytes) = result.outcome else { throw TestHost.Unexpected(result.outcome) }
      let headers = try JSON.decode(JSONValue.self, from: bytes)["headers"]
      #expect(headers?["Lambda-Runtime-Aws-Request-Id"] == "request-1")
      #expect(headers?["Lambda-Runtime-Trace-Id"] == "Root=1-5-a")
      #expect(
        headers?["Lambda-Runtime-Invoked-Function-Arn"] == "arn:aws:lambda:us-east-1:000000000000:function:test")
      let deadline = try #require(headers?["Lambda-Runtime-Deadline-Ms"]?.stringValue.flatMap { Int64($0) })
      #expect(deadline >= before + 7000)
    }
  }

  @Test("the environment is Lambda's and the template's, nothing of the host's own", arguments: Start.allCases)
  func environment(start: Start) async throws {
    let given = ["Own": "1", "AWS_LAMBDA_FUNCTION_NAME": "forged", "BAD=NAME": "x"]
    try await withHost(start, environment: given) { host in
      let result = try await host.result(["do": "environment"])
      let variables = try #require(result["environment"]?.objectValue)
      #expect(variables["Own"] == "1")
      #expect(variables["AWS_LAMBDA_FUNCTION_NAME"] == "test")
      #expect(variables["AWS_LAMBDA_FUNCTION_VERSION"] == "$LATEST")
      #expect(variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256")
      #expect(variables["AWS_REGION"] == "us-east-1")
      #expect(variables["AWS_ACCESS_KEY_ID"] == "key")
      #expect(variables["TZ"] == ":UTC")
      #expect(variables["BAD"] == nil)
      #expect(variables["HOME"] == nil)
      #expect(variables["USER"] == nil)
      #expect(result["cwd"]?.stringValue == host.folder)
      #expect(variables["LAMBDA_TASK_ROOT"]?.stringValue == host.folder)
      #expect(variables["TMPDIR"]?.stringValue?.hasPrefix("\(host.folder)/tmp/test-") == true)
    }
  }

  @Test("no descriptor of the host leaks into a function", arguments: Start.allCases)
  func descriptors(start: Start) async throws {
    try await withHost(start) { host in
      // Standard streams, the connection to the Runtime API, and the folder being listed.
      let value1 = try await host.result(["do": "files"])["files"]?.arrayValue?.count
      #expect(value1 == 5)
    }
  }

  @Test("an error the function reports is its result, and the environment stays")
  func reportedError() async throws {
    try await withHost { host in
      let (failure, _) = try await host.failure(["do": "error"])
      #expect(failure.kind == .reported)
      #expect(failure.type == "Trouble")
      #expect(failure.message == "as ordered")
      #expect(try JSON.decode(JSONValue.self, from: failure.payload)["stackTrace"] == [])
      let value2 = try await host.result([:])["count"]?.intValue
      #expect(value2 == 2)
    }
  }

  @Test("a wrong request id is refused as Lambda does")
  func wrongID() async throws {
    try await withHost { host in
      let result = try await host.result(["do": "wrong-id"])
      #expect(result["status"]?.intValue == 400)
      #expect(result["body"]?["errorType"] == "InvalidRequestID")
    }
  }

  @Test("asking for work while working is refused")
  func nextTwice() async throws {
    try await withHost { host in
      let result = try await host.result(["do": "next-twice"])
      #expect(result["status"]?.intValue == 403)
      #expect(result["body"]?["errorType"] == "InvalidStateTransition")
    }
  }

  @Test("a streamed response arrives whole")
  func streamed() async throws {
    try await withHost { host in
      let result = try await host.invoke(["do": "stream", "chunks": 3])
      #expect(result.outcome == .success(Array("chunk 0;chunk 1;chunk 2;".utf8)))
    }
  }

  @Test("a response of 6 MB passes, a bigger one is an error", arguments: [(6_291_556, true), (6_291_557, false)])
  func responseSize(bytes: Int, fits: Bool) async throws {
    try await withHost { host in
      let result = try await host.invoke(["do": "big", "bytes": .integer(Int64(bytes))])
      switch result.outcome {
      case .success(let body): #expect(fits && body.count == bytes)
      case .failure(let failure): #expect(!fits && failure.type == "Function.ResponseSizeTooLarge")
      case .refused: Issue.record("refused")
      }
      let value3 = try await host.result([:])["count"]?.intValue
      #expect(value3 == 2)
    }
  }

  @Test("an unknown function is refused")
  func unknown() async throws {
    try await withHost { host in
      let result = await host.host.invoke("unknown", InvocationRequest(payload: []))
      #expect(result.outcome == .refused(.unknownFunction))
    }
  }

  @Test("more waiting calls than allowed are throttled, the others are run")
  func throttled() async throws {
    try await withHost(configure: { $0.maximumWaiting = 2 }) { host in
      let outcomes = try await withThrowingTaskGroup(of: InvocationOutcome.self) { group in
        for _ in 0..<10 { group.addTask { try await host.invoke(["do": "sleep", "seconds": .number(0.1)]).outcome } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.contains(.refused(.throttled)))
      #expect(outcomes.contains { if case .success = $0 { true } else { false } })
    }
  }

  @Test("an idle environment ends after its time, and the next call starts another")
  func idle() async throws {
    try await withHost(configure: { $0.idleTimeout = .milliseconds(50) }) { host in
      let first = try await host.result([:])["pid"]
      #expect(try await eventually { host.observed.environmentEnds == [.idle] })
      let value4 = try await host.result([:])["pid"]
      #expect(value4 != first)
    }
  }

  @Test("stop carries out what was accepted and takes nothing new")
  func stop() async throws {
    try await withHost { host in
      async let running = host.result(["do": "sleep", "seconds": .number(0.3)])
      // Accepted, in whichever state: being busy may be over before it is looked at.
      #expect(
        try await eventually { host.host.status().first.map { $0.waiting + $0.starting + $0.busy == 1 } ?? false })
      await host.host.stop()
      #expect(try await running["count"]?.intValue == 1)
      let value5 = try await host.invoke([:]).outcome
      #expect(value5 == .refused(.stopped))
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByDictionaryLiteral,
  ExpressibleByArrayLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(uniqueKeysWithValues: elements))
  }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
}
