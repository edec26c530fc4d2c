import Encodings
package import Invocations
package import EventBus
import FoundationEssentials
package import FunctionHost
package import Core
import S3Server

/// The part of Lambda's API that the local runtime speaks.
///
/// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
package struct LambdaAPI: Sendable {
  static let pathPrefix = "/2015-03-31/functions"
  /// Synchronous payload limit, bytes.
  static let maximumPayload = 6 << 20
  /// Asynchronous payload limit, bytes.
  static let maximumEventPayload = 1 << 20

  package struct Answer: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)] = []
    package var body: [UInt8] = []
    /// In place of `body`: what sends the parts of an event stream, one after the other.
    package var stream: (@Sendable (_ send: (_ part: [UInt8]) async throws -> Void) async throws -> Void)?
  }

  struct Call: Sendable {
    var method: String
    /// As on the wire, without the query.
    var path: String
    var query: QueryParameters
    var headers: @Sendable (String) -> String?
    var body: [UInt8]
    var requestID: String
  }

  package let functions: [FunctionConfiguration]
  package let queue: any InvocationQueue
  package let invoke: @Sendable (String, InvocationRequest) async -> InvocationResult
  package let functionARN: @Sendable (String) -> String
  package let clock: WallClock
  let codes = FunctionCodes()

  package init(
    functions: [FunctionConfiguration], queue: any InvocationQueue,
    invoke: @escaping @Sendable (String, InvocationRequest) async -> InvocationResult,
    functionARN: @escaping @Sendable (String) -> String, clock: WallClock
  ) {
    self.functions = functions
    self.queue = queue
    self.invoke = invoke
    self.functionARN = functionARN
    self.clock = clock
  }

  /// - Throws: `ServiceError`; what the storage throws.
  func respond(to call: Call) async throws -> Answer {
    if Self.isBelow(Self.streamingPathPrefix, call.path) { return try await invokeWithResponseStream(call) }
    let parts = try call.parts(below: Self.pathPrefix)
    switch (call.method, parts.count) {
    case ("GET", 0):
      return Answer(status: 200, body: try JSON.encode(try await list(call.query)))
    case ("GET", 1):
      return Answer(status: 200, body: try JSON.encode(try await describeWithCode(try function(parts[0], call))))
    case ("GET", 2) where parts[1] == "configuration":
      return Answer(status: 200, body: try JSON.encode(try await describe(try function(parts[0], call))))
    case ("POST", 2) where parts[1] == "invocations":
      return try await invoke(try function(parts[0], call), call)
    default: throw call.unknown
    }
  }

  private func invoke(_ function: FunctionConfiguration, _ call: Call) async throws -> Answer {
    let version = Self.version
    let context = try clientContext(of: call)
    let payload = try payload(of: call)
    switch call.headers("x-amz-invocation-type") ?? "RequestResponse" {
    case "DryRun": return Answer(status: 204, headers: [version])
    case "Event":
      try limit(payload, Self.maximumEventPayload)
      let now = clock.now()
      do {
        try await queue.enqueue([
          NewInvocation(id: call.requestID, function: function.name, payload: payload, enqueuedAt: now)
        ])
      } catch let error as QueueError {
        throw throttled(error.message)
      }
      return Answer(status: 202, headers: [version])
    case "RequestResponse":
      try limit(payload, Self.maximumPayload)
      var request = InvocationRequest(
        requestID: call.requestID, payload: payload, traceID: call.headers("x-amzn-trace-id"))
      request.clientContext = context
      let result = await invoke(function.name, request)
      let wantsTail = call.headers("x-amz-log-type") == "Tail"
      return try answer(result, [version] + (wantsTail ? [tail(result)] : []))
    case let type:
      throw ServiceError(
        code: "InvalidParameterValueException",
        message: "X-Amz-Invocation-Type must be 'Event', 'RequestResponse' or 'DryRun', found '\(type.prefix(40))'")
    }
  }

  package static let version = (name: "X-Amz-Executed-Version", value: "$LATEST")

  func payload(of call: Call) throws(ServiceError) -> [UInt8] {
    let payload = call.body.isEmpty ? Array("{}".utf8) : call.body
    guard (try? JSON.decode(JSONValue.self, from: payload)) != nil else {
      throw ServiceError(
        code: "InvalidRequestContentException", message: "Could not parse request body into json: it is not JSON")
    }
    return payload
  }

  package func answer(
    _ result: InvocationResult, _ headers: [(name: String, value: String)]
  ) throws(ServiceError) -> Answer {
    switch result.outcome {
    case .success(let body): return Answer(status: 200, headers: headers, body: body)
    case .failure(let failure):
      return Answer(status: 200, headers: headers + [("X-Amz-Function-Error", "Unhandled")], body: failure.payload)
    case .refused(.throttled):
      throw throttled("Rate Exceeded.", reason: "ReservedFunctionConcurrentInvocationLimitExceeded")
    case .refused(.unknownFunction), .refused(.overloaded), .refused(.cancelled):
      throw throttled("Rate Exceeded.", reason: "ConcurrentInvocationLimitExceeded")
    case .refused(.stopped):
      throw ServiceError(
        code: "ServiceException", message: "the runtime is starting or shutting down", httpStatus: 503)
    }
  }

  private func tail(_ result: InvocationResult) -> (name: String, value: String) {
    ("X-Amz-Log-Result", Data(result.logTail).base64EncodedString())
  }

  private func throttled(_ message: String, reason: String? = nil) -> ServiceError {
    var error = ServiceError(code: "TooManyRequestsException", message: message, httpStatus: 429)
    error.reason = reason
    return error
  }

  package func limit(_ payload: [UInt8], _ bytes: Int) throws(ServiceError) {
    guard payload.count <= bytes else {
      throw ServiceError(
        code: "RequestTooLargeException",
        message: "\(payload.count) byte payload is too large for the invocation (limit \(bytes) bytes)",
        httpStatus: 413)
    }
  }

  func clientContext(of call: Call) throws(ServiceError) -> String? {
    guard let header = call.headers("x-amz-client-context") else { return nil }
    return try ClientContext.decode(header)
  }

  /// The function that a path component and the query's `Qualifier` name.
  ///
  /// - Throws: `ServiceError`: `ResourceNotFoundException` also for every version and alias but `$LATEST`.
  func function(_ text: String, _ call: Call) throws(ServiceError) -> FunctionConfiguration {
    try function(try FunctionReference(text, qualifier: call.query.value("Qualifier")))
  }

  package func function(_ reference: FunctionReference) throws(ServiceError) -> FunctionConfiguration {
    let own = functionARN(reference.name).split(separator: ":", omittingEmptySubsequences: false)
    if let region = reference.region, own.count > 4, region != own[3] {
      throw .notFound404("Functions from '\(region)' are not reachable in this region ('\(own[3])')")
    }
    if let account = reference.account, own.count > 4, account != own[4] {
      throw ServiceError(
        code: "AccessDeniedException",
        message: "The functions of account \(account) are not reachable from account \(own[4])", httpStatus: 403)
    }
    let isLatest = reference.qualifier == nil || reference.qualifier == "$LATEST"
    guard isLatest, let function = functions.first(where: { $0.name == reference.name }) else {
      let qualifier = reference.qualifier.map { ":\($0)" } ?? ""
      throw .notFound404("Function not found: \(functionARN(reference.name))\(qualifier)")
    }
    return function
  }
}

extension LambdaAPI {
  /// Whether a request that says nothing of a service is meant for this one.
  static func owns(path: String) -> Bool {
    isBelow(pathPrefix, path) || isBelow(streamingPathPrefix, path)
  }

  /// The address itself, or one below it; not another that begins with the same letters.
  static func isBelow(_ prefix: String, _ path: String) -> Bool {
    path.hasPrefix(prefix) && (path.count == prefix.count || path.dropFirst(prefix.count).first == "/")
  }
}

extension LambdaAPI.Call {
  /// The decoded components behind `prefix`; a slash at the end counts for nothing.
  ///
  /// - Throws: `UnknownOperationException` for every other address, and for an empty component.
  func parts(below prefix: String) throws(ServiceError) -> [String] {
    guard LambdaAPI.isBelow(prefix, path) else { throw unknown }
    var parts = path.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    if parts.last == "" { parts.removeLast() }
    var decoded: [String] = []
    for part in parts {
      guard !part.isEmpty, let text = PercentEncoding.decode(String(part)) else { throw unknown }
      decoded.append(text)
    }
    return decoded
  }

  var unknown: ServiceError {
    ServiceError(
      code: "UnknownOperationException", message: "this endpoint does not implement \(method) \(path.prefix(300))",
      httpStatus: 404)
  }
}

extension ServiceError {
  static func notFound404(_ message: String) -> ServiceError {
    ServiceError(code: "ResourceNotFoundException", message: message, httpStatus: 404)
  }
}
