import HTTPTypes
import Logging
package import NIOCore
import NIOHTTPTypes
import Core

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How long a client may be slow before its connection is cut.
package struct SlowClientLimits: Sendable {
  /// Bytes a second, in either direction, below which a client that is waited for is slow.
  package var rate = 1024
  /// How often a connection is looked at.
  package var interval = TimeAmount.seconds(15)
  /// So many looks one after another.
  package var looks = 4

  package init() {}
}

/// What a connection has done, counted at the socket. Of one event loop.
final class ConnectionTraffic {
  /// Bytes received.
  var received = 0
  /// Bytes given to the socket, sent or not.
  var written = 0
  /// Of `received`, when the last part of a request was passed on.
  var receivedAtPart = 0
  /// More was asked of the client and has not come.
  var isReading = false
  var isInRequest = false

  /// A request has begun and is not complete.
  var awaitsClient: Bool { isReading && (isInRequest || received > receivedAtPart) }
}

/// Stands next to the socket and counts.
final class TrafficMeter: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let traffic: ConnectionTraffic

  init(_ traffic: ConnectionTraffic) {
    self.traffic = traffic
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    traffic.received += unwrapInboundIn(data).readableBytes
    context.fireChannelRead(data)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    traffic.isReading = false
    context.fireChannelReadComplete()
  }

  func read(context: ChannelHandlerContext) {
    traffic.isReading = true
    context.read()
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    traffic.written += unwrapOutboundIn(data).readableBytes
    context.write(data, promise: promise)
  }
}

/// Cuts connections whose client neither reads its answer nor sends its request at a sensible rate.
///
/// A client that waits for the server is not cut, be it for an answer, for an object's change or for an event.
final class SlowClientHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart

  private let traffic: ConnectionTraffic
  private let limits: SlowClientLimits
  private let logger: Logger
  private var task: RepeatedTask?
  private var sent = 0
  private var received = 0
  private var wasSending = false
  private var wasAwaited = false
  private var slowLooks = 0

  init(_ traffic: ConnectionTraffic, limits: SlowClientLimits, logger: Logger) {
    self.traffic = traffic
    self.limits = limits
    self.logger = logger
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    task = context.eventLoop.scheduleRepeatedTask(initialDelay: limits.interval, delay: limits.interval) { _ in
      let (handler, context) = loopBound.value
      handler.look(context)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    task?.cancel()
    task = nil
  }

  func channelInactive(context: ChannelHandlerContext) {
    task?.cancel()
    task = nil
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head: traffic.isInRequest = true
    case .end: traffic.isInRequest = false
    case .body: break
    }
    traffic.receivedAtPart = traffic.received
    context.fireChannelRead(data)
  }

  private func look(_ context: ChannelHandlerContext) {
    guard let buffered = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes) else { return }
    let nowSent = traffic.written - buffered
    let enough = limits.rate * Int(limits.interval.nanoseconds) / 1_000_000_000
    // Waited for during the whole interval, and little came of it.
    let isSlowReader = wasSending && buffered > 0 && nowSent - sent < enough
    let isSlowWriter = wasAwaited && traffic.awaitsClient && traffic.received - received < enough
    (sent, received, wasSending, wasAwaited) = (nowSent, traffic.received, buffered > 0, traffic.awaitsClient)
    slowLooks = isSlowReader || isSlowWriter ? slowLooks + 1 : 0
    guard slowLooks >= limits.looks else { return }
    logger.info(
      "cut a connection whose client is too slow",
      metadata: [
        "client": "\(context.channel.remoteAddress?.ipAddress ?? "")",
        "direction": "\(isSlowReader ? "reading" : "sending")",
      ])
    task?.cancel()
    reset(context.channel)
  }

  /// By a reset: a client that does not read would never take the end that follows what is on its way, and the kernel would
  /// keep that.
  private func reset(_ channel: any Channel) {
    guard let socket = channel as? any SocketOptionProvider else { return channel.close(promise: nil) }
    socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
  }
}
