import NIOCore
import NIOHTTP1

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Refuses requests about whose end peers may disagree, although the parser takes them; and keeps to HTTP/1.0 with clients
/// that speak it (RFC 9112 §6, §7 and §9.3).
///
/// Stands behind the parser. What it refuses ends the connection as what the parser refuses does.
final class MessageFraming: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// Bytes around the pieces of a chunked body that are let through in any case, and per byte of the body. A body in pieces
  /// of one byte has five.
  private static let spareOverhead = 256 << 10
  private static let overheadPerByte = 8

  private let traffic: ConnectionTraffic
  private var isRefused = false
  /// Of the requests that are not answered yet, in order.
  private var versions: CircularBuffer<HTTPVersion> = []
  /// Bytes received when the request began, and those of its body since.
  private var receivedAtHead = 0
  private var bodyBytes = 0
  private var isInBody = false
  /// An answer of HTTP/1.0 has begun and has not ended.
  private var isOpenEnded = false

  init(_ traffic: ConnectionTraffic) {
    self.traffic = traffic
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isRefused else { return }
    switch unwrapInboundIn(data) {
    case .head(var head):
      if let fault = Self.fault(head) { return refuse(context, fault) }
      (receivedAtHead, bodyBytes, isInBody) = (traffic.received, 0, true)
      versions.append(head.version)
      if Self.isLast(head) { head.headers.replaceOrAdd(name: "connection", value: "close") }
      context.fireChannelRead(wrapInboundOut(.head(head)))
    case .body(let bytes):
      bodyBytes += bytes.readableBytes
      context.fireChannelRead(data)
    case .end:
      isInBody = false
      context.fireChannelRead(data)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    let overhead = traffic.received - receivedAtHead - bodyBytes
    if isInBody, !isRefused, overhead > Self.spareOverhead + Self.overheadPerByte * bodyBytes {
      refuse(context, .invalidChunkSize)
    }
    context.fireChannelReadComplete()
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(var head) where versions.first == .http1_0:
      // Without chunks, which such a client does not know: the end of the connection is the end of the body.
      if head.status.code < 200 {
        promise?.succeed()
        return
      }
      head.version = .http1_0
      isOpenEnded = true
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .end:
      _ = versions.popFirst()
      isOpenEnded = false
      context.write(data, promise: promise)
    default:
      context.write(data, promise: promise)
    }
  }

  /// An answer of HTTP/1.0 that breaks off is told from a complete one by a reset only.
  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    guard isOpenEnded, mode != .input, let socket = context.channel as? any SocketOptionProvider else {
      return context.close(mode: mode, promise: promise)
    }
    isOpenEnded = false
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in
      bound.value.close(mode: .all, promise: promise)
    }
  }

  private func refuse(_ context: ChannelHandlerContext, _ fault: HTTPParserError) {
    isRefused = true
    context.fireErrorCaught(fault)
  }

  /// A coding that this server does not know, or one of HTTP/1.0, which has none; or a length that no number holds.
  private static func fault(_ head: HTTPRequestHead) -> HTTPParserError? {
    let codings = head.headers["transfer-encoding"]
    if !codings.isEmpty {
      guard codings.count == 1, codings[0].lowercased() == "chunked", head.version != .http1_0 else {
        return .invalidHeaderToken
      }
    }
    if let length = head.headers.first(name: "content-length"), Int64(length) == nil { return .invalidContentLength }
    return nil
  }

  /// Whether the client awaits the end of the connection behind the answer.
  private static func isLast(_ head: HTTPRequestHead) -> Bool {
    head.version == .http1_0
      || head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "close" }
  }
}
