import FunctionHost
import HTTPServer
import HTTPTypes
import HummingbirdCore
import LambdaEvents
import Logging

/// Answers of another function to the same request, for results that no store has room for.
extension Gateway {
  /// How long a request waits for its turn.
  static let substituteTimeout = Duration.seconds(30)
  static let maximumWaitingForSubstitutes = 1000

  /// The other function's answer to the request without its body. Nothing is shared between equal requests and nothing
  /// is kept, so there are few of them at a time.
  ///
  /// - Parameter event: the request, as the first function received it.
  /// - Throws: `Refusal`.
  func substitute(_ call: GatewayCall, _ event: HTTPEvent, _ function: String) async throws -> Response {
    let presence = call.context.presence
    var watch: Int?
    let hasPlace = await substitutes.enter(within: Self.substituteTimeout) { giveUp in
      watch = presence?.whenGone(giveUp)
    }
    if let watch { presence?.forget(watch) }
    guard hasPlace else { throw Refusal.unavailable }
    let leave = Release { [substitutes] in substitutes.leave() }
    call.context.logger.warning(
      "a request is answered by another function, since the store takes no result",
      metadata: ["function": "\(function)", "path": "\(call.address.path)"])
    var call = call
    call.match.target.function = function
    var event = event
    event.setBody([])
    event.requestContext.zoetrope?.parts = nil
    let invocation = invocation(call, event.json()) { leave() }
    let made = try await invocation.answer()
    guard made.answer.bytes != nil else {
      made.rest?.discard()
      throw Refusal.failed(call.match.target)
    }
    if call.request.method == .head, let rest = made.rest {
      invocation.request.cancellation?.raise()
      rest.discard()
      return Response(status: .init(code: made.answer.status), headers: made.answer.fields)
    }
    return invocation.response(for: made)
  }
}
