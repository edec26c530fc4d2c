import HTTPTypes
import NIOCore
import NIOHTTPTypes
import Synchronization

/// The open connections of the ports and the requests under way on them, so that the end can say what it waits for, and cut
/// what takes too long.
package final class ConnectionRegistry: Sendable {
  private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])
  private let underWay = Atomic<Int>(0)

  package init() {}

  /// Requests that have begun to arrive and are not answered to their end. A connection has one at most.
  package var requests: Int { underWay.load(ordering: .relaxed) }

  func add(_ channel: any Channel) {
    channels.withLock { $0[ObjectIdentifier(channel)] = channel }
    channel.closeFuture.whenComplete { _ in
      self.channels.withLock { $0[ObjectIdentifier(channel)] = nil }
    }
  }

  /// Cuts them all, whatever they are at.
  package func closeAll() {
    for channel in channels.withLock({ Array($0.values) }) { channel.close(mode: .all, promise: nil) }
  }

  fileprivate func change(by difference: Int) { underWay.add(difference, ordering: .relaxed) }
}

/// Tells the registry when a request begins and when its answer has been given to the socket, or its connection has ended.
final class RequestCounter: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let registry: ConnectionRegistry
  private var isUnderWay = false

  init(_ registry: ConnectionRegistry) {
    self.registry = registry
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head = unwrapInboundIn(data) { set(true) }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) { set(false) }
    context.write(data, promise: promise)
  }

  func channelInactive(context: ChannelHandlerContext) {
    set(false)
    context.fireChannelInactive()
  }

  private func set(_ value: Bool) {
    guard value != isUnderWay else { return }
    isUnderWay = value
    registry.change(by: value ? 1 : -1)
  }
}
