import FoundationEssentials
package import FunctionHost
import HTTPTypes
import Hummingbird
package import Logging
import NIOCore
import Core
import LambdaEvents
import ServiceLifecycle

/// One function behind an HTTP port, so that any function platform can call it: Knative, Cloud Run, OpenFaaS, Nuclio, a
/// plain container.
///
/// `POST` to any path is an invocation (see `GatewayEvent` for what a body may be); `GET /health/live` and
/// `/health/ready` answer a platform's probes. The function's result is the response's body.
package struct FunctionGateway: Sendable {
  package struct Configuration: Sendable {
    package var host: String
    /// 0 is any free one.
    package var port: Int
    /// Largest event in bytes; Lambda's limit by default.
    package var maximumBody: Int

    package init(host: String = "0.0.0.0", port: Int, maximumBody: Int = 6 << 20) {
      self.host = host
      self.port = port
      self.maximumBody = maximumBody
    }
  }

  private let function: String
  private let functions: FunctionHost
  private let configuration: Configuration
  private let logger: Logger

  package init(function: String, functions: FunctionHost, configuration: Configuration, logger: Logger) {
    self.function = function
    self.functions = functions
    self.configuration = configuration
    self.logger = logger
  }

  /// Serves until the task is cancelled; what runs then is carried out first. Signals are the caller's to turn into
  /// cancellation.
  ///
  /// - Parameter onReady: Called with the port that is listened on.
  package func run(onReady: @escaping @Sendable (Int) -> Void) async throws {
    let application = Application(
      responder: CallbackResponder { (request: Request, _: BasicRequestContext) in await respond(to: request) },
      configuration: .init(address: .hostname(configuration.host, port: configuration.port)),
      onServerRunning: { channel in onReady(channel.localAddress?.port ?? 0) },
      logger: logger)
    let group = ServiceGroup(configuration: .init(services: [application], logger: logger))
    try await withTaskCancellationHandler {
      // A task of its own: cancelling the group's would end the server without grace.
      try await Task { try await group.run() }.value
    } onCancel: {
      Task { await group.triggerGracefulShutdown() }
    }
    await functions.stop()
    await functions.shutdown()
  }

  private func respond(to request: Request) async -> Response {
    if request.method == .get, request.uri.path.hasPrefix("/health/") { return Response(status: .ok) }
    guard request.method == .post else {
      return Self.refusal(
        .methodNotAllowed, "MethodNotAllowed", "an event must be sent by POST, found \(request.method)")
    }
    let event: [UInt8]
    do {
      let body = try await request.body.collect(upTo: configuration.maximumBody)
      event = try GatewayEvent.decode(
        header: { name in HTTPField.Name(name).flatMap { request.headers[$0] } }, body: Array(body.readableBytesView),
        now: Date())
    } catch let error as GatewayEvent.Invalid {
      return Self.refusal(.init(code: error.status), error.code, error.message)
    } catch {
      return Self.refusal(
        .contentTooLarge, "RequestTooLarge", "an event must have at most \(configuration.maximumBody) bytes")
    }
    let result = await functions.invoke(function, InvocationRequest(payload: event))
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
