import FunctionRuntime
import HTTPTransport
import Logging
import LoopbackServer
import Core
import Synchronization

/// Keeps metadata but writes nothing that these tests provoke.
let quiet = Logger(label: "test") { JSONLogHandler(label: $0, level: .critical) }

/// A Runtime API that hands out events one after the other and then does something else.
struct RuntimeAPI {
  struct Event {
    var id: String
    var body: String
    var headers: [(String, String)] = []
  }

  let server: LoopbackServer

  init(server: LoopbackServer) { self.server = server }

  /// - Parameters:
  ///   - afterwards: what happens to the request for an event when there are no more.
  ///   - accepting: the answer to a result or an error.
  init(
    _ events: [Event], afterwards: [LoopbackServer.Step] = [.reset],
    accepting: @escaping @Sendable (ReceivedRequest) -> [LoopbackServer.Step] = { _ in [.respond(202, text: "{}")] }
  ) throws {
    let queue = Mutex(events[...])
    server = try LoopbackServer { request in
      guard request.path == "/2018-06-01/runtime/invocation/next" else { return accepting(request) }
      guard let event = queue.withLock({ $0.popFirst() }) else { return afterwards }
      return [.respond(200, [("Lambda-Runtime-Aws-Request-Id", event.id)] + event.headers, text: event.body)]
    }
  }

  /// What was sent to it other than requests for events, as `path body`.
  var reports: [String] {
    server.requests.filter { !$0.path.hasSuffix("/next") }.map { request in
      let path = request.path.replacing("/2018-06-01/runtime/", with: "")
      return "\(path) \(String(decoding: request.body, as: UTF8.self))"
    }
  }

  func run(_ handler: some InvocationHandler, environment: [String: String] = [:]) async -> Int32 {
    await run(environment: environment) { handler }
  }

  func run(
    environment: [String: String] = [:], _ initialise: @Sendable () async throws -> any InvocationHandler
  ) async -> Int32 {
    let http = CurlTransport()
    defer { http.shutdown() }
    return await FunctionMain.run(
      environment: environment.merging(["AWS_LAMBDA_RUNTIME_API": "127.0.0.1:\(server.port)"]) { _, own in own },
      http: http, logger: quiet, initialise: initialise)
  }
}

/// A handler that is a closure.
struct Handler: FunctionHandler {
  let body: @Sendable ([UInt8], InvocationContext) async throws -> [UInt8]

  init(_ body: @escaping @Sendable ([UInt8], InvocationContext) async throws -> [UInt8]) {
    self.body = body
  }

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    try await body(event, context)
  }

  static let echo = Handler { event, _ in event }
}

struct Sorry: ClassifiedError {
  var code = "InvalidMedia"
  var message = "not a video"
  var isRetryable: Bool { false }
}
