import HTTPServer
import HTTPTypes
import HummingbirdCore
import NIOCore
import Synchronization

/// What becomes known of a request while it is answered.
struct Exchange {
  private let started = ContinuousClock.now
  private let request: Request
  private let context: EndpointContext
  var route = "none"
  var function: String?
  /// The answer is sent in several steps, so that its end is later.
  var isStreamed = false

  init(_ request: Request, _ context: EndpointContext) {
    self.request = request
    self.context = context
  }

  /// The response, whose end is told to `observe`.
  func observed(_ response: Response, _ observe: @escaping @Sendable (GatewayExchange) -> Void) -> Response {
    let firstByte = ContinuousClock.now - started
    let exchange = GatewayExchange(
      requestID: context.requestID, sourceAddress: context.sourceAddress, method: request.method.rawValue,
      target: request.head.path ?? "", route: route, function: function, status: response.status.code,
      sentBytes: response.body.contentLength ?? 0, firstByte: firstByte, total: firstByte, isAborted: false)
    // What is whole is sent at once.
    guard isStreamed else {
      observe(exchange)
      return response
    }
    let (body, started) = (response.body, started)
    var response = response
    response.body = ResponseBody(contentLength: body.contentLength) { [exchange] writer in
      let progress = Progress()
      var exchange = exchange
      defer {
        exchange.firstByte = (progress.firstByte ?? .now) - started
        exchange.total = .now - started
        exchange.sentBytes = progress.bytes
        observe(exchange)
      }
      exchange.isAborted = true
      try await body.write(CountingWriter(base: writer, progress: progress))
      exchange.isAborted = false
    }
    return response
  }
}

/// How much of an answer has been sent.
private final class Progress: Sendable {
  private let state = Mutex<(bytes: Int, firstByte: ContinuousClock.Instant?)>((0, nil))

  var bytes: Int { state.withLock { $0.bytes } }
  var firstByte: ContinuousClock.Instant? { state.withLock { $0.firstByte } }

  func add(_ bytes: Int) {
    state.withLock { state in
      state.bytes += bytes
      if state.firstByte == nil { state.firstByte = .now }
    }
  }
}

private struct CountingWriter: ResponseBodyWriter {
  var base: any ResponseBodyWriter
  let progress: Progress

  mutating func write(_ buffer: ByteBuffer) async throws {
    progress.add(buffer.readableBytes)
    try await base.write(buffer)
  }

  consuming func finish(_ trailers: HTTPFields?) async throws { try await base.finish(trailers) }
}
