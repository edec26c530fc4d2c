import FoundationEssentials
import FunctionRuntime
import Glibc
import Logging
import LoopbackServer
import Core
import Synchronization
import Testing

@Suite("Functions on the Runtime API")
struct RuntimeAPITests {
  @Test("Events are answered one after the other, until the platform goes away")
  func answers() async throws {
    let api = try RuntimeAPI([.init(id: "id-1", body: #"{"a":1}"#), .init(id: "id-2", body: "")])
    #expect(await api.run(.echo as Handler) == FunctionMain.ExitCode.abandoned)
    #expect(api.reports == [#"invocation/id-1/response {"a":1}"#, "invocation/id-2/response "])
    #expect(api.server.requests.allSatisfy { $0.header("user-agent") == "zoetrope-runtime/1" })
    // libcurl tries a request again by itself where a kept-alive connection breaks, so the last one may come twice.
    #expect(api.server.requests.prefix(5).map(\.connection) == [1, 1, 1, 1, 1], "the connection is kept alive")
  }

  @Test("The handler knows its invocation")
  func context() async throws {
    let api = try RuntimeAPI([
      .init(
        id: "8476a536-e9f4-11e8-9739-2dfe598c3fcd", body: "{}",
        headers: [
          ("Lambda-Runtime-Deadline-Ms", "1542409706888"), ("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7"),
          ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:1:function:f"),
        ]),
      .init(id: "second", body: "{}"),
    ])
    let seen = Mutex<[InvocationContext]>([])
    _ = await api.run(
      Handler { event, context in
        seen.withLock { $0.append(context) }
        return event
      })
    let contexts = seen.withLock(\.self)
    try #require(contexts.count == 2)
    #expect(contexts[0].requestID == "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
    #expect(contexts[0].functionARN == "arn:aws:lambda:us-east-1:1:function:f")
    #expect(contexts[0].traceID == "Root=1-5bef4de7")
    #expect(contexts[0].deadline == Date(millisecondsSince1970: 1_542_409_706_888))
    #expect(contexts[0].logger[metadataKey: "requestId"] == "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
    #expect(contexts[1].deadline == .distantFuture)
    #expect(contexts[1].functionARN.isEmpty && contexts[1].traceID.isEmpty)
  }

  @Test("An error costs its invocation only, and is reported by its code")
  func handlerError() async throws {
    let api = try RuntimeAPI([.init(id: "bad", body: "1"), .init(id: "good", body: "2")])
    _ = await api.run(
      Handler { event, _ in
        if event == Array("1".utf8) { throw Sorry() }
        return event
      })
    #expect(
      api.reports == [
        #"invocation/bad/error {"errorMessage":"not a video","errorType":"InvalidMedia","stackTrace":[]}"#,
        "invocation/good/response 2",
      ])
    let report = api.server.requests.first { $0.path.hasSuffix("/error") }
    #expect(report?.header("Lambda-Runtime-Function-Error-Type") == "Function.InvalidMedia")
    #expect(report?.header("Content-Type") == "application/vnd.aws.lambda.error+json")
  }

  @Test("Any other error is reported by its type; what a header cannot hold is left out, and length is limited")
  func unclassifiedError() async throws {
    struct Odd: Error, CustomStringConvertible {
      let description: String
    }
    let api = try RuntimeAPI([.init(id: "1", body: "x"), .init(id: "2", body: "long")])
    _ = await api.run(
      Handler { event, _ in
        if event.count == 4 { throw Odd(description: String(repeating: "\u{e9}", count: 100_000)) }
        throw Sorry(code: "a\r\nb: c\u{e9}", message: "line\r\nbreak")
      })
    let reports = api.server.requests.filter { $0.path.hasSuffix("/error") }
    try #require(reports.count == 2)
    #expect(reports[0].header("Lambda-Runtime-Function-Error-Type") == "Function.abc")
    let first = try JSON.decode(JSONValue.self, from: reports[0].body)
    #expect(first["errorMessage"] == .string("line\r\nbreak"))
    let second = try JSON.decode(JSONValue.self, from: reports[1].body)
    #expect(second["errorType"] == .string("Odd"))
    #expect(reports[1].body.count < 10_000)
  }

  @Test("A failed initialisation is reported and ends the process")
  func initialisation() async throws {
    let api = try RuntimeAPI([.init(id: "never", body: "{}")])
    let code = await api.run { throw Sorry(code: "InvalidConfiguration", message: "X must be set") }
    #expect(code == FunctionMain.ExitCode.failure)
    #expect(
      api.reports == [
        #"init/error {"errorMessage":"X must be set","errorType":"InvalidConfiguration","stackTrace":[]}"#
      ])
    #expect(
      api.server.requests.first?.header("Lambda-Runtime-Function-Error-Type") == "Runtime.InvalidConfiguration")
    #expect(api.server.requests.count == 1, "no event was asked for")
  }

  @Test("A result that the platform refuses costs its invocation only", arguments: [400, 403, 413])
  func refused(status: Int) async throws {
    let api = try RuntimeAPI(
      [.init(id: "1", body: "a"), .init(id: "2", body: "b")],
      accepting: { [.respond($0.path.contains("/1/") ? status : 202)] })
    #expect(await api.run(.echo as Handler) == FunctionMain.ExitCode.abandoned)
    #expect(api.reports == ["invocation/1/response a", "invocation/2/response b"])
  }

  @Test("A platform in trouble or gone ends the process")
  func abandoned() async throws {
    let code = FunctionMain.ExitCode.abandoned
    let failing = try RuntimeAPI([.init(id: "1", body: "a")], accepting: { _ in [.respond(500)] })
    #expect(await failing.run(.echo as Handler) == code)
    let gone = try RuntimeAPI([.init(id: "1", body: "a")], accepting: { _ in [.reset] })
    #expect(await gone.run(.echo as Handler) == code)
    for afterwards: [LoopbackServer.Step] in [
      [.respond(500)], [.respond(403)], [.close], [.text("nonsense\r\n\r\n"), .close], [.respond(200, text: "no id")],
      [.respond(200, [("Lambda-Runtime-Aws-Request-Id", "../../init/error")], text: "{}")],
    ] {
      let api = try RuntimeAPI([], afterwards: afterwards)
      #expect(await api.run(.echo as Handler) == code)
      #expect(api.reports.isEmpty)
    }
    let stopped = try RuntimeAPI([])
    stopped.server.stop()
    #expect(await stopped.run(.echo as Handler) == code)
    #expect(await stopped.run { throw Sorry() } == FunctionMain.ExitCode.failure)
  }

  @Test("Events come with a length, in chunks or until the end of the connection, whatever the pieces are")
  func forms() async throws {
    let body = String(repeating: "0123456789abcdef", count: 40_000)
    func head(_ fields: String) -> String {
      "HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: 1\r\n\(fields)\r\n\r\n"
    }
    let chunks = "4000;a=b\r\n\(body.prefix(0x4000))\r\n8C400\r\n\(body.dropFirst(0x4000).prefix(0x8C400))\r\n"
    let last = body.dropFirst(0x4000 + 0x8C400)
    let forms: [[LoopbackServer.Step]] = [
      [.text(head("Content-Length: \(body.utf8.count)")), .text(body)],
      [.text("HTTP/1.1 100 Continue\r\n\r\n"), .text(head("Content-Length: \(body.utf8.count)") + body)],
      [
        .text(head("Transfer-Encoding: chunked") + chunks),
        .text("\(String(last.utf8.count, radix: 16))\r\n\(last)\r\n0\r\nX-Trailer: 1\r\n\r\n"),
      ],
      [.text(head("X-Other: 1")), .text(body), .close],
    ]
    for form in forms {
      let isFirst = Atomic(true)
      let api = RuntimeAPI(
        server: try LoopbackServer { request in
          guard request.path.hasSuffix("/next") else { return [.respond(202)] }
          return isFirst.exchange(false, ordering: .relaxed) ? form : [.reset]
        })
      _ = await api.run(.echo as Handler)
      #expect(api.reports == ["invocation/1/response \(body)"])
    }
  }

  @Test("A connection that has ended between two requests is replaced, and nothing is lost")
  func replaced() async throws {
    let number = Atomic(0)
    let api = RuntimeAPI(
      server: try LoopbackServer { request in
        guard request.path.hasSuffix("/next") else { return [.respond(202), .close] }
        let event = number.add(1, ordering: .relaxed).newValue
        return event > 3
          ? [.reset] : [.respond(200, [("Lambda-Runtime-Aws-Request-Id", "\(event)")], text: "e\(event)")]
      })
    #expect(await api.run(.echo as Handler) == FunctionMain.ExitCode.abandoned)
    #expect(api.reports == (1...3).map { "invocation/\($0)/response e\($0)" })
    #expect(api.server.requests.map(\.connection).prefix(6) == [1, 1, 2, 2, 3, 3])
  }

  @Test("Large events and results pass whole")
  func large() async throws {
    let event = String(repeating: "x", count: 6 << 20)
    let api = try RuntimeAPI([.init(id: "1", body: event)])
    _ = await api.run(.echo as Handler)
    #expect(api.reports.map(\.utf8.count) == ["invocation/1/response ".utf8.count + event.utf8.count])
  }

  @Test(
    "A handler is run on the platform's thread if it says that it is brief, and otherwise on the cooperative pool",
    arguments: [false, true])
  func places(isBrief: Bool) async throws {
    struct Place: FunctionHandler {
      let isBrief: Bool
      let names = Names()

      func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
        names.add()
        // What it waits for comes back to where it was.
        await Task.yield()
        names.add()
        return event
      }
    }
    final class Names: Sendable {
      private let names = Mutex<[String]>([])
      var all: [String] { names.withLock(\.self) }

      func add() {
        var name = [UInt8](repeating: 0, count: 16)
        let descriptor = open("/proc/thread-self/comm", O_RDONLY)
        let count = read(descriptor, &name, name.count)
        close(descriptor)
        names.withLock { $0.append(String(decoding: name.prefix(count), as: UTF8.self)) }
      }
    }
    let place = Place(isBrief: isBrief)
    _ = await (try RuntimeAPI([.init(id: "1", body: "{}")])).run(place)
    #expect(place.names.all.count == 2 && place.names.all.allSatisfy { ($0 == "runtime\n") == isBrief })
  }
}
