import Core
import Encodings
import FunctionRuntime
import LambdaEvents
import LoopbackServer
import Testing

/// A streaming handler that is a closure.
private struct Stream: StreamingHandler {
  let body: @Sendable ([UInt8], ResponseWriter, InvocationContext) async throws -> Void

  init(_ body: @escaping @Sendable ([UInt8], ResponseWriter, InvocationContext) async throws -> Void) {
    self.body = body
  }

  func handle(_ event: [UInt8], _ response: ResponseWriter, _ context: InvocationContext) async throws {
    try await body(event, response, context)
  }
}

@Suite("Streamed results")
struct StreamingTests {
  private func answers(to handler: some InvocationHandler, events: Int = 1) async throws -> [ReceivedRequest] {
    let api = try RuntimeAPI((1...events).map { .init(id: "id-\($0)", body: "{}") })
    _ = await api.run(handler)
    return api.server.requests.filter { !$0.path.hasSuffix("/next") }
  }

  @Test("a result is sent in chunks, with the streaming mode")
  func chunks() async throws {
    let requests = try await answers(
      to: Stream { _, response, _ in
        try await response.begin(contentType: "image/gif")
        for number in 0..<50 { try await response.write([UInt8](repeating: UInt8(number), count: 20_000)) }
      }, events: 2)
    #expect(requests.map(\.path) == (1...2).map { "/2018-06-01/runtime/invocation/id-\($0)/response" })
    for request in requests {
      #expect(request.header("lambda-runtime-function-response-mode") == "streaming")
      #expect(request.header("transfer-encoding") == "chunked")
      #expect(request.header("content-type") == "image/gif")
      #expect(request.body.count == 1_000_000 && request.body.last == 49)
      #expect(request.trailers.isEmpty)
    }
  }

  @Test("an HTTP answer begins with its prelude")
  func prelude() async throws {
    let head = HTTPResult(status: 201, headers: [.init("content-type", "text/plain")], cookies: ["a=1"])
    let request = try #require(
      try await answers(
        to: Stream { _, response, _ in
          try await response.begin(head)
          try await response.write(Array("body".utf8))
        }
      ).first)
    #expect(request.header("content-type") == StreamPrelude.contentType)
    var parser = StreamPrelude.Parser()
    #expect(try parser.take(request.body) == .head(head, rest: Array("body".utf8)))
  }

  @Test("an error before the first byte is an error like any other")
  func early() async throws {
    let requests = try await answers(to: Stream { _, _, _ in throw Sorry() })
    #expect(requests.map(\.path) == ["/2018-06-01/runtime/invocation/id-1/error"])
    #expect(requests.first?.header("lambda-runtime-function-error-type") == "Function.InvalidMedia")
  }

  @Test("an error after the first byte travels as trailers")
  func late() async throws {
    let request = try #require(
      try await answers(
        to: Stream { _, response, _ in
          try await response.write(Array("half".utf8))
          throw Sorry()
        }
      ).first)
    #expect(request.body == Array("half".utf8))
    #expect(
      request.trailers.map(\.name) == ["Lambda-Runtime-Function-Error-Type", "Lambda-Runtime-Function-Error-Body"])
    #expect(request.trailers.first?.value == "Function.InvalidMedia")
    let body = try #require(request.trailers.last.flatMap { Base64.decode($0.value) })
    #expect(try JSON.decode(JSONValue.self, from: body)["errorMessage"] == .string("not a video"))
  }

  @Test("a handler that writes nothing has an empty result, and one that begins twice fails")
  func edges() async throws {
    #expect(try await answers(to: Stream { _, _, _ in }).map(\.body) == [[]])
    let twice = try await answers(
      to: Stream { _, response, _ in
        try await response.begin(contentType: "a/b")
        try await response.begin(contentType: "a/b")
      })
    #expect(twice.first?.trailers.first?.value == "Function.ResponseAlreadyBegun")
  }

  @Test("a platform that refuses the result costs that invocation only")
  func refused() async throws {
    let api = try RuntimeAPI(
      [.init(id: "a", body: "{}"), .init(id: "b", body: "{}")],
      accepting: { request in request.path.contains("/a/") ? [.respond(413)] : [.respond(202)] })
    _ = await api.run(Stream { _, response, _ in try await response.write([1, 2, 3]) })
    #expect(api.server.requests.filter { $0.path.hasSuffix("/response") }.count == 2)
  }

  @Test("HTTP handlers read the event and write the answer")
  func http() async throws {
    var event = HTTPEvent(
      rawPath: "/a", rawQueryString: "name=B%C3%BC", requestContext: .init(http: .init(method: "GET", path: "/a")))
    event.headers["x-a"] = "1"
    let api = try RuntimeAPI([.init(id: "a", body: String(decoding: event.json(), as: UTF8.self))])
    _ = await api.run(
      HTTPHandler { event, _ in .text("\(event.method) \(event.query("name")) \(event.header("X-A") ?? "")") })
    let answer = try #require(api.server.requests.first { $0.path.hasSuffix("/response") })
    #expect(try HTTPResult(json: answer.body) == .text("GET [\"Bü\"] 1"))
  }
}
