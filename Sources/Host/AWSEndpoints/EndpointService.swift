package import Observability
import Encodings
package import HTTPServer
import EventBus
import FoundationEssentials
package import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
package import Core
import S3Protocol
package import S3Server
package import SigV4

/// One port, three protocols, told apart as AWS does: by the signature's scope, `X-Amz-Target`, or the path.
package struct EndpointService: Sendable {
  /// nil where objects are kept elsewhere.
  package let s3: S3Responder?
  package let events: EventBridgeAPI
  package let lambda: LambdaAPI
  package let verifier: SigV4Verifier
  package let clock: WallClock
  package let observer: any EndpointObserver
  package let browsers: BrowserRules
  package let ports: @Sendable () -> HostPorts

  package init(
    s3: S3Responder?, events: EventBridgeAPI, lambda: LambdaAPI, verifier: SigV4Verifier, clock: WallClock,
    observer: any EndpointObserver, browsers: BrowserRules, ports: @escaping @Sendable () -> HostPorts
  ) {
    self.s3 = s3
    self.events = events
    self.lambda = lambda
    self.verifier = verifier
    self.clock = clock
    self.observer = observer
    self.browsers = browsers
    self.ports = ports
  }

  package enum Service: String {
    case s3, events, lambda
  }

  package var responder: EndpointResponder {
    EndpointResponder { request, context in
      let authorization = request.headers[.authorization].flatMap { try? AuthorizationHeader($0) }
      let service = service(of: request, authorization)
      let decision = browsers.decision(request.head, peer: context.sourceAddress)
      let response =
        switch service {
        case _ where decision.refusal(of: service) != nil:
          Self.refusal(decision.refusal(of: service) ?? "", of: service, context)
        case .s3 where request.method == .get && request.uri.path == HostPorts.path:
          Self.response(.ok, (try? JSON.encode(ports())) ?? [], contentType: "application/json")
        case .s3:
          await s3?.respond(
            to: request, context: context, authorization: authorization, isForeign: decision == .takeAsForeign)
            ?? Self.keepsNoObjects(context)
        case .events: await respond(request, context, authorization, limit: 1 << 20, callEvents)
        case .lambda:
          await respond(request, context, authorization, limit: LambdaAPI.maximumPayload + 1024, callLambda)
        }
      observer.answered(service: service.rawValue, method: request.method.rawValue, status: response.status.code)
      return response
    }
  }

  /// - Parameter authorization: the header of that name, if it can be read.
  private func service(of request: Request, _ authorization: AuthorizationHeader?) -> Service {
    // Nearly every request is signed in this header: the others only are taken apart for their query.
    if let scope = authorization?.scope ?? SigV4Verifier.claimedScope(of: SignableRequest(request.head)) {
      // Whatever else is claimed is S3's to refuse.
      return Service(rawValue: scope.service) ?? .s3
    }
    if request.headers[.amzTarget]?.hasPrefix(EventBridgeAPI.targetPrefix) == true { return .events }
    if LambdaAPI.owns(path: request.uri.path) {
      return .lambda
    }
    return .s3
  }

  private typealias Call =
    @Sendable (_ request: Request, _ body: [UInt8], _ context: EndpointContext) async throws
    -> Response

  /// What both JSON services have in common: authenticate, call, and every failure is an answer in AWS's form.
  private func respond(
    _ request: Request, _ context: EndpointContext, _ authorization: AuthorizationHeader?, limit: Int, _ call: Call
  ) async -> Response {
    var response: Response
    do {
      let authenticator = RequestAuthenticator(verifier: verifier, clock: clock)
      let (_, body) = try await authenticator.authenticate(request, authorization: authorization, bodyLimit: limit)
      response = try await call(request, body, context)
    } catch {
      response = Self.failure(error, context)
    }
    response.headers[.amznRequestID] = context.requestID
    return response
  }

  private func callEvents(_ request: Request, _ body: [UInt8], _ context: EndpointContext) async throws -> Response {
    guard request.method == .post, let target = request.headers[.amzTarget],
      target.hasPrefix(EventBridgeAPI.targetPrefix)
    else {
      throw ServiceError(
        code: "UnknownOperationException", message: "EventBridge is called with POST and X-Amz-Target: AWSEvents.…")
    }
    let key = request.headers[.idempotencyKey]
    if let key, key.utf8.count > 1024 {
      throw ServiceError.validation("\(EventBridgeClient.idempotencyHeader) must have at most 1024 bytes")
    }
    let answer = try await events.call(target: target, body: body, idempotencyKey: key)
    return Self.response(.ok, answer, contentType: "application/x-amz-json-1.1")
  }

  private func callLambda(_ request: Request, _ body: [UInt8], _ context: EndpointContext) async throws -> Response {
    let headers = request.headers
    let call = LambdaAPI.Call(
      method: request.method.rawValue, path: request.uri.path, query: QueryParameters(request.uri.query ?? ""),
      headers: { name in HTTPField.Name(name).flatMap { headers[$0] } }, body: body, requestID: context.requestID)
    let answer = try await lambda.respond(to: call)
    var response = Self.response(.init(code: answer.status), answer.body, contentType: "application/json")
    if let stream = answer.stream {
      response.headers[.contentType] = EventStreamMessage.contentType
      response.body = ResponseBody { writer in
        try await stream { try await writer.write(ByteBuffer(bytes: $0)) }
        try await writer.finish(nil)
      }
    }
    for (name, value) in answer.headers {
      if let name = HTTPField.Name(name) { response.headers[name] = value }
    }
    return response
  }

  private static func refusal(_ message: String, of service: Service, _ context: EndpointContext) -> Response {
    guard service == .s3 else {
      return failure(ServiceError(code: "AccessDeniedException", message: message, httpStatus: 403), context)
    }
    var error = S3Error(.accessDenied, message: message)
    error.requestID = context.requestID
    return response(.forbidden, error.xml(), contentType: "application/xml")
  }

  private static func keepsNoObjects(_ context: EndpointContext) -> Response {
    var error = S3Error(
      .notImplemented, message: "This node keeps no objects: they are in the store that it was started with.")
    error.requestID = context.requestID
    return response(.notImplemented, error.xml(), contentType: "application/xml")
  }

  private static func failure(_ error: any Error, _ context: EndpointContext) -> Response {
    let known: ServiceError
    switch error {
    case let error as ServiceError: known = error
    case let error as SigV4Error:
      known = ServiceError(code: jsonCode(error.code), message: error.message, httpStatus: 403)
    case is NIOTooManyBytesError:
      known = ServiceError(
        code: "RequestTooLargeException", message: "the request's body is larger than this service accepts",
        httpStatus: 413)
    case let error as any ClassifiedError where error.isRetryable:
      // What is wrong with the disk is for the log, not for callers.
      context.logger.error("request failed", metadata: ["error": "\(error)"])
      known = ServiceError(
        code: "ServiceUnavailableException", message: "the request could not be carried out now; try again later",
        httpStatus: 503)
    default:
      context.logger.error("request failed", metadata: ["error": "\(error)"])
      known = ServiceError(code: "InternalFailure", message: "the request could not be carried out", httpStatus: 500)
    }
    var response = response(.init(code: known.httpStatus), known.body(), contentType: "application/json")
    response.headers[.amznErrorType] = known.code
    response.headers[.retryAfter] = RetryHint.seconds(status: known.httpStatus)
    return response
  }

  /// The JSON services have their own names for what S3 calls so.
  private static func jsonCode(_ code: String) -> String {
    switch code {
    case "InvalidAccessKeyId": "UnrecognizedClientException"
    case "SignatureDoesNotMatch", "RequestTimeTooSkewed": "InvalidSignatureException"
    case "AccessDenied", "MissingSecurityHeader": "MissingAuthenticationTokenException"
    default: "IncompleteSignatureException"
    }
  }

  private static func response(_ status: HTTPResponse.Status, _ body: [UInt8], contentType: String) -> Response {
    var headers = HTTPFields()
    if !body.isEmpty { headers[.contentType] = contentType }
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
  }
}

extension BrowserRules.Decision {
  /// Why a service does not take the request. Pages of other origins have no business with functions and events.
  fileprivate func refusal(of service: EndpointService.Service) -> String? {
    switch self {
    case .refuse(let message): message
    case .takeAsForeign where service != .s3: "pages of other origins may not use this service"
    default: nil
    }
  }
}

extension HTTPField.Name {
  static let amzTarget = HTTPField.Name("x-amz-target")!
  static let amznRequestID = HTTPField.Name("x-amzn-RequestId")!
  static let amznErrorType = HTTPField.Name("x-amzn-ErrorType")!
  package static let idempotencyKey = HTTPField.Name(EventBridgeClient.idempotencyHeader)!
}
