package import Core
import FoundationEssentials
package import FunctionHost
package import HTTPServer
package import HTTPTypes
package import HummingbirdCore
import LambdaEvents
package import Logging
import NIOCore
import S3Server
package import SigV4

/// Functions over HTTP: the routes of a template and the functions' URLs.
///
/// The steps of every request, in order: address, other origins, route, signature, body, invocation, answer.
package struct Gateway: Sendable {
  /// Bytes of a body that travels in the event, as on Lambda.
  package static let maximumEventBody = 6 << 20

  package struct Configuration: Sendable {
    package var routes: RouteTable
    /// By function name.
    package var urls: [String: GatewayTarget]
    package var accountID: String

    package init(routes: RouteTable, urls: [String: GatewayTarget], accountID: String) {
      self.routes = routes
      self.urls = urls
      self.accountID = accountID
    }
  }

  let configuration: Configuration
  let invoke: @Sendable (_ function: String, _ request: InvocationRequest) async -> InvocationResult
  let verifier: SigV4Verifier
  let clock: WallClock
  let logger: Logger
  let observe: @Sendable (GatewayExchange) -> Void
  /// nil: answers with references fail.
  let store: (any ReferenceStore)?
  let follows: FollowHub?
  /// nil without a store.
  let room: StoreRoom?
  let substitutes: Turnstile
  /// nil: bodies that no event can hold are refused.
  let scratch: ScratchSpace?
  private let bodies = BodyBudget()
  private let events: EventDoor?
  private let storeDoor: StoreDoor?

  /// - Parameters:
  ///   - invoke: runs a function once it is admitted.
  ///   - store: where answers' references lead.
  ///   - scratch: holds bodies that no event can hold.
  ///   - storeDoor: takes presigned requests to the store, before any route.
  ///   - events: takes what no route takes, and answers a platform's probes.
  ///   - observe: hears of every answer when it has ended.
  package init(
    configuration: Configuration,
    invoke: @escaping @Sendable (_ function: String, _ request: InvocationRequest) async -> InvocationResult,
    verifier: SigV4Verifier, store: (any ReferenceStore)? = nil, scratch: ScratchSpace? = nil,
    storeDoor: StoreDoor? = nil, events: EventDoor? = nil, clock: WallClock = .system, logger: Logger,
    observe: @escaping @Sendable (GatewayExchange) -> Void = { _ in }
  ) {
    self.configuration = configuration
    self.invoke = invoke
    self.verifier = verifier
    self.clock = clock
    self.logger = logger
    self.observe = observe
    self.store = store
    follows = store.map { FollowHub(store: $0) }
    room = store.map { StoreRoom(store: $0) }
    substitutes = Turnstile(
      places: ProcessInfo.processInfo.activeProcessorCount, maximumWaiting: Self.maximumWaitingForSubstitutes)
    self.scratch = scratch
    self.events = events
    self.storeDoor = storeDoor
  }

  package var responder: EndpointResponder {
    EndpointResponder { request, context in await respond(to: request, context: context) }
  }

  /// Whether a route or function URL takes the request.
  package func takes(_ head: HTTPRequest) -> Bool {
    guard let address = RequestAddress(head) else { return false }
    return match(head.method.rawValue, address) != nil || head.method == .options && cors(address) != nil
  }

  /// Never throws: every failure is an answer.
  ///
  /// - Parameter isLocal: the caller has proved to be this machine's user; no signature is asked for.
  package func respond(to request: Request, context: EndpointContext, isLocal: Bool = false) async -> Response {
    var exchange = Exchange(request, context)
    var policy: CORSPolicy?
    var response: Response
    do {
      guard let address = RequestAddress(request.head) else { throw Refusal.badRequest }
      if let storeDoor, storeDoor.takes(address) {
        exchange.route = "store"
        return exchange.observed(await storeDoor.respond(to: request, address, context: context), observe)
      }
      policy = cors(address)
      if let policy, let answer = preflight(request, policy) {
        exchange.route = "preflight"
        response = answer
      } else {
        guard let match = match(request.method.rawValue, address) else {
          guard let events else { throw Refusal.notFound }
          exchange.route = "event"
          if request.method == .get, ["/health/live", "/health/ready"].contains(address.path) {
            return Response(status: .ok)
          }
          return exchange.observed(await events.respond(to: request, context: context), observe)
        }
        exchange.route = match.target.isFunctionURL ? "URL \(match.target.function)" : match.routeKey
        exchange.function = match.target.function
        let call = GatewayCall(
          request: request, context: context, address: address, match: match, isLocal: isLocal,
          store: storeDoor?.base(request.head, peer: context.sourceAddress), time: clock.now())
        (response, exchange.isStreamed) = try await answer(call)
      }
    } catch let refusal as Refusal {
      response = refusal.response
    } catch {
      // The client left, or broke off its body.
      logger.debug("A request was broken off", metadata: ["error": "\(error)"])
      response = Refusal.badRequest.response
    }
    if let policy, exchange.route != "preflight" {
      policy.apply(to: &response.headers, origin: request.headers[.origin])
    }
    if request.method == .head { response = response.createHeadResponse() }
    return exchange.observed(response, observe)
  }

  // MARK: Route

  private func match(_ method: String, _ address: RequestAddress) -> RouteTable.Match? {
    guard let function = address.function else {
      return configuration.routes.match(method: method, path: address.path)
    }
    return configuration.urls[function].map {
      RouteTable.Match(target: $0, routeKey: RoutePattern.fallback, pathParameters: [:])
    }
  }

  private func cors(_ address: RequestAddress) -> CORSPolicy? {
    guard let function = address.function else { return configuration.routes.cors(path: address.path) }
    return configuration.urls[function]?.cors
  }

  /// Answers a browser that asks before it sends another page's request; nil if it does not ask.
  private func preflight(_ request: Request, _ policy: CORSPolicy) -> Response? {
    guard request.method == .options, let origin = request.headers[.origin],
      request.headers[.accessControlRequestMethod] != nil
    else { return nil }
    var response = Response(status: .noContent, headers: policy.preflight(origin: origin))
    response.headers[.vary] = "Origin"
    return response
  }

  // MARK: Call

  private func answer(_ call: GatewayCall) async throws -> (response: Response, isStreamed: Bool) {
    let limit = call.match.target.maximumBody ?? Int64(Self.maximumEventBody)
    guard limit > Self.maximumEventBody, !fitsEvent(call.request.headers) else {
      let memory = bodies.share()
      return try await answer(call, event(call, memory)) { _ = memory }
    }
    var event = HTTPEvent(call, accountID: configuration.accountID)
    event.requestContext.authorizer = try authorizeHead(call)
    switch try await largeBody(call, event, limit: limit) {
    case .event(let event): return try await answer(call, event)
    case .spooled(let event, let spool): return try await answer(call, event) { spool.remove() }
    case .refused(let response): return (response, false)
    }
  }

  /// - Parameter cleanUp: called when the answer has been sent; kept until then.
  private func answer(
    _ call: GatewayCall, _ event: HTTPEvent, cleanUp: @escaping @Sendable () -> Void = {}
  ) async throws -> (response: Response, isStreamed: Bool) {
    let invocation = invocation(call, event.json(), cleanUp: cleanUp)
    let made = try await invocation.answer()
    guard case .reference(let reference) = made.answer.body else {
      if call.request.method == .head, let rest = made.rest {
        invocation.request.cancellation?.raise()
        rest.discard()
        return (Response(status: .init(code: made.answer.status), headers: made.answer.fields), false)
      }
      return (invocation.response(for: made), made.rest != nil)
    }
    made.rest?.discard()
    if case .object(let bucket, let key, _) = reference,
      let found = store?.responseInMemory(to: call.request, context: call.context, key: key, bucket: bucket)
    {
      return (Self.response(found, of: made.answer), false)
    }
    do {
      return (try await response(call, event, made.answer, reference), true)
    } catch let refusal as Refusal where refusal.status == .notFound && mayAskAgain(event, reference) {
      var event = event
      var extra = event.requestContext.zoetrope ?? .init()
      extra.phase = "missing"
      event.requestContext.zoetrope = extra
      return try await answer(call, event, cleanUp: cleanUp)
    }
  }

  /// Whether the function knows another answer if what its answer refers to is not there. A body beside the event is gone
  /// by then.
  private func mayAskAgain(_ event: HTTPEvent, _ reference: HTTPResult.Reference) -> Bool {
    guard case .object(_, _, isOptional: true) = reference else { return false }
    return !event.isMissing && event.parts.isEmpty
  }

  /// Whether the request says that its body is short, or has none.
  private func fitsEvent(_ headers: HTTPFields) -> Bool {
    if let length = headers[.contentLength].flatMap(Int64.init) { return length <= Int64(Self.maximumEventBody) }
    return headers[.transferEncoding] == nil
  }

  /// A large body is not part of the signature; the head must be signed all the same.
  ///
  /// - Returns: who signed it; nil if no signature is asked for.
  private func authorizeHead(_ call: GatewayCall) throws(Refusal) -> HTTPEvent.Authorizer? {
    guard call.match.target.authorization == .iam, !call.isLocal else { return nil }
    return HTTPEvent.Authorizer(iam: try verify(call, body: .unsigned))
  }

  /// - Parameters:
  ///   - requestID: nil is the request's own.
  ///   - cleanUp: called when the answer has been sent, or there is none.
  func invocation(
    _ call: GatewayCall, _ payload: [UInt8], requestID: String? = nil, cleanUp: @escaping @Sendable () -> Void = {}
  ) -> GatewayInvocation {
    GatewayInvocation(
      target: call.match.target,
      request: InvocationRequest(
        requestID: requestID ?? call.context.requestID, payload: payload, traceID: call.request.headers[.amznTraceID],
        stream: ResponseStream(), cancellation: CancellationSignal()),
      presence: call.context.presence, invoke: invoke, logger: call.context.logger, cleanUp: cleanUp)
  }

  /// The event with the body in it.
  private func event(_ call: GatewayCall, _ memory: BodyBudget.Share) async throws -> HTTPEvent {
    let headers = call.request.headers
    let limit = min(Int64(Self.maximumEventBody), call.match.target.maximumBody ?? .max)
    if let length = headers[.contentLength].flatMap(Int64.init), length > limit { throw Refusal.tooLarge }
    var event = HTTPEvent(call, accountID: configuration.accountID)
    let isSigned = call.match.target.authorization == .iam && !call.isLocal
    if isSigned, SigV4Verifier.claimedScope(of: SignableRequest(call.request.head)) == nil { throw Refusal.forbidden }
    var body = ByteBuffer()
    for try await piece in call.request.body {
      let size = body.readableBytes + piece.readableBytes
      guard size <= limit else { throw Refusal.tooLarge }
      guard memory.grow(to: size) else { throw Refusal.noMemory }
      if body.readableBytes == 0 { body = piece } else { body.writeImmutableBuffer(piece) }
    }
    event.setBody(Array(buffer: body))
    if isSigned {
      event.requestContext.authorizer = HTTPEvent.Authorizer(iam: try verify(call, body: .of(event.body ?? [])))
    }
    return event
  }

  private func verify(_ call: GatewayCall, body: PayloadHash) throws(Refusal) -> HTTPEvent.Authorizer.Identity {
    do {
      let verified = try verifier.verify(SignableRequest(call.request.head), body: body, at: call.time)
      guard verified.service == (call.match.target.isFunctionURL ? "lambda" : "execute-api") else {
        throw Refusal.forbidden
      }
      return HTTPEvent.Authorizer.Identity(
        accessKey: verified.accessKeyID, accountId: configuration.accountID, callerId: verified.accessKeyID,
        userArn: "arn:aws:iam::\(configuration.accountID):root", userId: verified.accessKeyID)
    } catch {
      throw .forbidden
    }
  }
}

/// A request that a function is to answer.
struct GatewayCall: Sendable {
  var request: Request
  var context: EndpointContext
  var address: RequestAddress
  var match: RouteTable.Match
  var isLocal: Bool
  /// What passes presigned requests on to the store for the caller; nil: nothing that is known.
  var store: String?
  var time: Date
}

extension HTTPField.Name {
  static let amznTraceID = HTTPField.Name("x-amzn-trace-id")!
}
