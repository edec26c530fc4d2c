import Core
import FoundationEssentials
package import FunctionHost
package import HTTPServer
import HTTPTypes
package import HummingbirdCore
import LambdaEvents
import NIOCore

/// One function as any function platform calls it: Knative, Cloud Run, OpenFaaS, Nuclio, a plain container.
///
/// `POST` is an invocation (`GatewayEvent` says what a body may be), and the function's result is the answer's body.
package struct EventDoor: Sendable {
  /// Largest event in bytes: Lambda's limit.
  private static let maximumBody = 6 << 20

  let function: String
  let invoke: @Sendable (_ function: String, _ request: InvocationRequest) async -> InvocationResult

  package init(
    function: String,
    invoke: @escaping @Sendable (_ function: String, _ request: InvocationRequest) async -> InvocationResult
  ) {
    self.function = function
    self.invoke = invoke
  }

  package func respond(to request: Request, context: EndpointContext) async -> Response {
    guard request.method == .post else {
      return Self.refusal(
        .methodNotAllowed, "MethodNotAllowed", "an event must be sent by POST, found \(request.method)")
    }
    let event: [UInt8]
    do {
      let body = try await request.body.collect(upTo: Self.maximumBody)
      event = try GatewayEvent.decode(
        headers: request.headers.map { ($0.name.canonicalName, $0.value) }, body: Array(body.readableBytesView),
        now: Date())
    } catch let error as GatewayEvent.Invalid {
      return Self.refusal(.init(code: error.status), error.code, error.message)
    } catch {
      return Self.refusal(
        .contentTooLarge, "RequestTooLarge", "an event must have at most \(Self.maximumBody) bytes")
    }
    let result = await invoke(function, InvocationRequest(requestID: context.requestID, payload: event))
    switch result.outcome {
    case .success(let body):
      return Self.response(.ok, body)
    case .failure(let failure):
      return Self.response(failure.kind == .timedOut ? .gatewayTimeout : .internalServerError, failure.payload)
    case .refused(let refusal):
      var response = Self.refusal(
        refusal == .throttled ? .tooManyRequests : .serviceUnavailable, "Refused",
        "the function takes no work: \(refusal)")
      response.headers[.retryAfter] = "1"
      return response
    }
  }

  private static func refusal(_ status: HTTPResponse.Status, _ type: String, _ message: String) -> Response {
    let body = JSONValue.object(["errorType": .string(type), "errorMessage": .string(message)])
    return response(status, (try? JSON.encode(body)) ?? [])
  }

  private static func response(_ status: HTTPResponse.Status, _ body: [UInt8]) -> Response {
    Response(
      status: status, headers: [.contentType: "application/json"], body: .init(byteBuffer: ByteBuffer(bytes: body)))
  }
}
