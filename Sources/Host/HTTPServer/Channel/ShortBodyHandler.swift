import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Passes a request with a short body on when all of it is there.
///
/// A picture arrives in several reads. Passed on one by one, each of them wakes the request's task on another thread, which
/// costs more than digesting what was read. A client that sends slowly, or wants to be asked for the body, is not waited for.
final class ShortBodyHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart

  /// Longest body that its head waits for, in bytes. Others may be refused by what their head says.
  private static let limit = 512 << 10
  /// How long anything is held while something arrives.
  private static let longestHold = TimeAmount.seconds(1)

  private var held: [HTTPRequestPart] = []
  private var heldSince = NIODeadline.uptimeNanoseconds(0)

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = unwrapInboundIn(data)
    switch part {
    case .head(let head) where Self.isShort(head):
      held.append(part)
      heldSince = .now()
    case .body where !held.isEmpty:
      held.append(part)
    case .end where !held.isEmpty:
      held.append(part)
      release(context)
    default:
      context.fireChannelRead(data)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if !held.isEmpty, .now() - heldSince > Self.longestHold { release(context) }
    context.fireChannelReadComplete()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    releaseAtEnd(context)
    context.fireErrorCaught(error)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent { releaseAtEnd(context) }
    context.fireUserInboundEventTriggered(event)
  }

  /// What is there of a request that nothing more will come of: it has its answer to get.
  private func releaseAtEnd(_ context: ChannelHandlerContext) {
    guard !held.isEmpty else { return }
    release(context)
    context.fireChannelReadComplete()
  }

  private func release(_ context: ChannelHandlerContext) {
    let parts = held
    held.removeAll(keepingCapacity: true)
    for part in parts { context.fireChannelRead(wrapInboundOut(part)) }
  }

  private static func isShort(_ head: HTTPRequest) -> Bool {
    guard let length = head.headerFields[.contentLength].flatMap(Int.init) else { return false }
    return (1...limit).contains(length) && head.headerFields[.expect] == nil
  }
}
