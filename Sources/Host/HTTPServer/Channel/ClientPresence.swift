import NIOCore
import NIOHTTPTypes
import Synchronization

/// Whether the client of a connection is still there.
///
/// A client that has closed its sending side counts as gone: it cannot be told from one that has closed both.
package final class ClientPresence: Sendable {
  /// Of the connection whose requests the present task answers.
  @TaskLocal static var current: ClientPresence?

  private struct State {
    var isGone = false
    var handlers: [Int: @Sendable () -> Void] = [:]
    var lastID = 0
  }

  private let state = Mutex(State())

  init() {}

  package var isGone: Bool { state.withLock { $0.isGone } }

  /// Calls `body` once when the client goes, or at once if it has gone. Returns what `forget` takes.
  package func whenGone(_ body: @escaping @Sendable () -> Void) -> Int {
    let (id, isGone) = state.withLock { state in
      state.lastID += 1
      if !state.isGone { state.handlers[state.lastID] = body }
      return (state.lastID, state.isGone)
    }
    if isGone { body() }
    return id
  }

  /// The end of a client's request makes its departure of no interest.
  package func forget(_ id: Int) { state.withLock { $0.handlers[id] = nil } }

  fileprivate func leave() {
    let handlers = state.withLock { state in
      state.isGone = true
      defer { state.handlers = [:] }
      return state.handlers
    }
    for handler in handlers.values { handler() }
  }
}

/// Notices when the client of a connection leaves.
final class PresenceHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart

  let presence = ClientPresence()

  func channelInactive(context: ChannelHandlerContext) {
    presence.leave()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if error is IOError { presence.leave() }
    context.fireErrorCaught(error)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent { presence.leave() }
    context.fireUserInboundEventTriggered(event)
  }
}
