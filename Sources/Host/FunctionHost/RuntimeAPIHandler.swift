import NIOCore
import NIOHTTP1

/// One connection of a function process to its Runtime API; hands whole requests to the environment.
final class RuntimeAPIHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  /// A request as it came in.
  struct Request {
    var call: RuntimeAPIRequest
    var head: HTTPRequestHead
    var body: ByteBuffer
    var isTooLarge = false
    var trailers: HTTPHeaders?
    /// Where the body goes as it comes, and how much of it went there.
    var stream: ResponseStream?
    var streamedBytes = 0
  }

  private let environment: ExecutionEnvironment
  private var request: Request?
  private var context: ChannelHandlerContext?
  private var keepAlive = true

  init(environment: ExecutionEnvironment) {
    self.environment = environment
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }
  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelActive(context: ChannelHandlerContext) {
    environment.connectionOpened(self)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    environment.connectionClosed(self)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // Broken connections and malformed requests end the connection; the function sees that.
    context.close(promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      keepAlive = head.isKeepAlive
      let call = RuntimeAPIRequest(method: head.method, uri: head.uri)
      request = Request(
        call: call, head: head, body: ByteBuffer(), stream: environment.stream(for: call, head, on: self))
      if head.headers["expect"].contains(where: { $0.lowercased() == "100-continue" }) {
        context.writeAndFlush(
          wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
      }
    case .body(var part):
      guard request?.isTooLarge == false else { return }
      if let stream = request?.stream {
        pass(part, to: stream)
      } else if (request?.body.readableBytes ?? 0) + part.readableBytes > RuntimeAPIRequest.maximumBodyBytes {
        request?.isTooLarge = true
        request?.body = ByteBuffer()
      } else {
        request?.body.writeBuffer(&part)
      }
    case .end(let trailers):
      guard var request else { return }
      self.request = nil
      request.trailers = trailers
      environment.received(request, on: self)
    }
  }

  /// Hands on a part of a streamed response, and reads no more while the caller does not.
  private func pass(_ part: ByteBuffer, to stream: ResponseStream) {
    request?.streamedBytes += part.readableBytes
    guard (request?.streamedBytes ?? 0) <= RuntimeAPIRequest.maximumStreamBytes else {
      request?.isTooLarge = true
      return
    }
    guard let channel = context?.channel else { return }
    let hasRoom = stream.write(part) { channel.setOption(.autoRead, value: true).whenFailure { _ in } }
    if !hasRoom { channel.setOption(.autoRead, value: false).whenFailure { _ in } }
  }

  /// Sends a whole response.
  func send(status: HTTPResponseStatus, headers extra: [(String, String)] = [], body: [UInt8]) {
    guard let context else { return }
    var headers = HTTPHeaders(extra)
    headers.add(name: "Content-Type", value: "application/json")
    headers.add(name: "Content-Length", value: String(body.count))
    if !keepAlive { headers.add(name: "Connection", value: "close") }
    context.write(
      wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
    if !body.isEmpty {
      context.write(wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: body)))), promise: nil)
    }
    if keepAlive {
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    } else {
      let channel = context.channel
      context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }
  }

  func send(_ answer: RuntimeAPIAnswer) { send(status: answer.status, body: answer.body) }

  func close() { context?.close(promise: nil) }
}
