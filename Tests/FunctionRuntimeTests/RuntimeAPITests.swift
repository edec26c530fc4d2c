import FoundationEssentials
import FunctionRuntime
import HTTPTransport
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

  @Test("The wait for an event has no time limit")
  func patience() async {
    struct Recorder: HTTPClient {
      let requests = Gathered()

      func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        requests.add(request)
        return HTTPResponse(status: 500)
      }

      func open(_ request: HTTPRequest, bufferLimit: Int) throws -> any HTTPBodyStream {
        throw TransportError(.badRequest, "not used")
      }
    }
    final class Gathered: Sendable {
      private let requests = Mutex<[HTTPRequest]>([])
      func add(_ request: HTTPRequest) { requests.withLock { $0.append(request) } }
      var all: [HTTPRequest] { requests.withLock(\.self) }
    }
    let recorder = Recorder()
    _ = await FunctionMain.run(
      environment: ["AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"], http: recorder, logger: quiet
    ) { Handler.echo }
    #expect(recorder.requests.all.map(\.url) == ["http://127.0.0.1:9001/2018-06-01/runtime/invocation/next"])
    #expect(recorder.requests.all.allSatisfy { $0.stallTimeout == .zero && $0.totalTimeout == nil })
  }
}
