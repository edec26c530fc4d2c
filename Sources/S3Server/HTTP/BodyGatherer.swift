import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Passes bodies on in large pieces: a short one together with its head when all of it is there, others a mebibyte at a
/// time.
///
/// A picture arrives in several reads. Passed on one by one, each of them wakes the request's task on another thread, which
/// costs more than digesting what was read. Whoever sends slowly, or wants to be asked for the body, is not waited for.
final class BodyGatherer: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart

  /// Longest body that its head waits for, in bytes. Others may be refused by what their head says.
  private static let shortBody = 512 << 10
  /// How much is held at most before it is passed on, in bytes.
  private static let pieceSize = 1 << 20
  /// How long anything is held at most while something arrives.
  private static let patience = TimeAmount.seconds(1)

  private var held: [HTTPRequestPart] = []
  private var heldSize = 0
  private var heldSince = NIODeadline.uptimeNanoseconds(0)

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = unwrapInboundIn(data)
    if held.isEmpty { heldSince = .now() }
    held.append(part)
    switch part {
    case .head(let head):
      if !Self.isShort(head) { release(context) }
    case .body(let bytes):
      heldSize += bytes.readableBytes
      if heldSize >= Self.pieceSize { release(context) }
    case .end:
      release(context)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if !held.isEmpty, .now() - heldSince > Self.patience { release(context) }
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
    heldSize = 0
    for part in parts { context.fireChannelRead(wrapInboundOut(part)) }
  }

  private static func isShort(_ head: HTTPRequest) -> Bool {
    guard let length = head.headerFields[.contentLength].flatMap(Int.init) else { return false }
    return (1...shortBody).contains(length) && head.headerFields[.expect] == nil
  }
}
