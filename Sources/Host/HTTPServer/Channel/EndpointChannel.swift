import HTTPTypes
package import HummingbirdCore
package import Logging
package import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// A connection of the endpoint: HTTP/1.1 with limits on headers, an idle time-out, and a proper end where a body is
/// refused.
package struct EndpointChannel: ServerChildChannel {
  package typealias Value = HTTP1Channel.Value

  private let responder: HTTPChannelHandler.Responder
  private let configuration: Configuration

  /// What holds for every connection of a port.
  package struct Configuration: Sendable {
    /// Closes connections on which nothing arrives for that long while something is awaited.
    package var idleTimeout = TimeAmount.seconds(120)
    /// How long a client may go on sending a body that was refused before the connection is cut.
    package var lingerTime = TimeAmount.seconds(5)
    package var slowClients = SlowClientLimits()
    /// The port's open connections.
    package var connections = ConnectionRegistry()

    package init() {}
  }

  /// What an application serves by.
  package static func server(_ configuration: Configuration = Configuration()) -> HTTPServerBuilder {
    HTTPServerBuilder { responder in EndpointChannel(responder: responder, configuration: configuration) }
  }

  package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    // Where much arrives, more than NIO's 64 KiB at a time: each piece wakes several threads on its way to the disk. It
    // begins small, as a connection keeps its buffer while it lasts. A channel that cannot be told stays as it is.
    try? channel.syncOptions?.setOption(
      .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1 << 10, initial: 2 << 10, maximum: 256 << 10))
    // Half of NIO's: so much of what a function streams waits in a channel whose client does not read.
    try? channel.syncOptions?.setOption(
      .writeBufferWaterMark, value: .init(low: SendBudget.minimum / 2, high: SendBudget.minimum))
    configuration.connections.add(channel)
    return channel.eventLoop.makeCompletedFuture {
      let traffic = ConnectionTraffic()
      try channel.pipeline.syncOperations.addHandler(TrafficMeter(traffic))
      return NIOLoopBound(traffic, eventLoop: channel.eventLoop)
    }.flatMap { traffic in
      http(traffic, logger).setup(channel: channel, logger: logger).flatMapThrowing { value in
        let pipeline = channel.pipeline.syncOperations
        let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        try pipeline.addHandler(MessageFraming(traffic.value), position: .after(parser))
        return value
      }
    }
  }

  private func http(_ traffic: NIOLoopBound<ConnectionTraffic>, _ logger: Logger) -> HTTP1Channel {
    let (lingerTime, slowClients, connections) = (
      configuration.lingerTime, configuration.slowClients, configuration.connections
    )
    return HTTP1Channel(
      responder: responder,
      configuration: HTTP1Channel.Configuration(
        additionalChannelHandlers: [
          PresenceHandler(), RequestCounter(connections),
          SlowClientHandler(traffic.value, limits: slowClients, logger: logger), ShortBodyHandler(),
          LingeringCloseHandler(lingerTime: lingerTime),
        ],
        idleTimeout: configuration.idleTimeout,
        // S3 allows 8 KiB of headers; presigned URLs with session tokens make long request lines.
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: 16 * 1024, maxHeaderListSize: 64 * 1024, maxHeaderFieldCount: 200)))
  }

  package func handle(value: Value, logger: Logger) async {
    let channel = value.channel
    let presence = try? await channel.eventLoop.submit {
      try channel.pipeline.syncOperations.handler(type: PresenceHandler.self).presence
    }.get()
    await ClientPresence.$current.withValue(presence) {
      // The handlers are in the pipeline: what serves them needs the responder only.
      await HTTP1Channel(responder: responder).handle(value: value, logger: logger)
    }
  }
}

/// Ends a connection after an answer with `Connection: close`: the sending side at once, the receiving side when the
/// client has noticed or the time is up.
///
/// Closing both at once would make the kernel answer the rest of the body with a reset, which can destroy the answer
/// before the client has read it (RFC 9112 §9.6).
final class LingeringCloseHandler: ChannelOutboundHandler, RemovableChannelHandler {
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let lingerTime: TimeAmount
  private var isLast = false

  init(lingerTime: TimeAmount) {
    self.lingerTime = lingerTime
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(let head) where head.headerFields[.connection]?.lowercased() == "close":
      isLast = true
    case .end where isLast:
      let written = promise ?? context.eventLoop.makePromise()
      context.writeAndFlush(data, promise: written)
      let channel = context.channel
      let lingerTime = lingerTime
      written.futureResult.whenComplete { _ in
        channel.close(mode: .output, promise: nil)
        channel.eventLoop.scheduleTask(in: lingerTime) { channel.close(promise: nil) }
      }
      return
    default:
      break
    }
    context.write(data, promise: promise)
  }
}
