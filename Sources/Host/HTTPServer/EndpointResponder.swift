import HTTPTypes
import Hummingbird
package import HummingbirdCore
import Logging

/// The outermost step of an endpoint that carries several services on one port: what holds for each of them.
///
/// It answers `Expect: 100-continue` when a service begins to read `request.body` (so services authorise first, then
/// read), and closes connections whose request body was left unread. `HTTPListener` serves it.
///
/// Hummingbird adds `Date` and `Server` to every answer.
package struct EndpointResponder: HTTPResponder {
  package typealias Context = EndpointContext

  private let service: @Sendable (_ request: Request, _ context: EndpointContext) async throws -> Response

  /// - Parameter service: what it throws becomes an empty answer with status 500.
  package init(
    _ service: @escaping @Sendable (_ request: Request, _ context: EndpointContext) async throws -> Response
  ) {
    self.service = service
  }

  package func respond(to request: Request, context: EndpointContext) async throws -> Response {
    let observer = BodyObserver(request.head, channel: context.channel)
    guard observer.hasBody else {
      try await observer.beginEmpty()
      return try await service(request, context)
    }
    var request = request
    request.body = RequestBody(asyncSequence: ObservedBody(base: request.body, observer: observer))
    var response: Response
    do {
      response = try await service(request, context)
    } catch {
      context.logger.error("A service failed", metadata: ["error": "\(error)"])
      response = Response(status: .internalServerError)
    }
    if observer.mustClose { response.headers[.connection] = "close" }
    return response
  }
}
