import HTTPTypes
package import HummingbirdCore
package import NIOCore
import NIOHTTPTypes

/// How connections of the endpoint are set up.
package enum EndpointChannel {
  /// HTTP/1.1 with limits on headers, an idle time-out, and connections that end properly when a body is refused.
  ///
  /// - Parameters:
  ///   - idleTimeout: closes connections on which nothing arrives for that long while something is awaited.
  ///   - lingerTime: how long a client may go on sending a body that was refused before the connection is cut.
  package static func configuration(
    idleTimeout: TimeAmount = .seconds(120), lingerTime: TimeAmount = .seconds(5)
  ) -> HTTP1Channel.Configuration {
    HTTP1Channel.Configuration(
      additionalChannelHandlers: [LingeringCloseHandler(lingerTime: lingerTime)],
      idleTimeout: idleTimeout,
      // S3 allows 8 KiB of headers; presigned URLs with session tokens make long request lines.
      httpDecoderConfiguration: .init(
        maxHeaderFieldSize: 16 * 1024, maxHeaderListSize: 64 * 1024, maxHeaderFieldCount: 200))
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
