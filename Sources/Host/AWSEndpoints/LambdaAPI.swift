package import Invocations
package import EventBus
import FoundationEssentials
package import FunctionHost
package import Core

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
    /// Decoded.
    var path: String
    var headers: @Sendable (String) -> String?
    var body: [UInt8]
    var requestID: String
  }

  package let functions: [FunctionConfiguration]
  package let queue: any InvocationQueue
  package let invoke: @Sendable (String, InvocationRequest) async -> InvocationResult
  package let functionARN: @Sendable (String) -> String
  package let clock: WallClock

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
    if call.path.hasPrefix(Self.streamingPathPrefix) { return try await invokeWithResponseStream(call) }
    let parts = call.path.dropFirst(Self.pathPrefix.count).split(separator: "/", omittingEmptySubsequences: true)
    switch (call.method, parts.count) {
    case ("GET", 0):
      let list = JSONValue.object(["Functions": .array(functions.map(describe))])
      return Answer(status: 200, body: try JSON.encode(list))
    case ("GET", 1):
      let description = JSONValue.object(["Configuration": describe(try function(parts[0]))])
      return Answer(status: 200, body: try JSON.encode(description))
    case ("GET", 2) where parts[1] == "configuration":
      return Answer(status: 200, body: try JSON.encode(describe(try function(parts[0]))))
    case ("POST", 2) where parts[1] == "invocations":
      return try await invoke(try function(parts[0]), call)
    default:
      throw ServiceError(
        code: "UnknownOperationException", message: "this endpoint does not implement \(call.method) \(call.path)",
        httpStatus: 404)
    }
  }

  private func invoke(_ function: FunctionConfiguration, _ call: Call) async throws -> Answer {
    let version = Self.version
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
      let request = InvocationRequest(
        requestID: call.requestID, payload: payload, traceID: call.headers("x-amzn-trace-id"))
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
    case .refused(.throttled), .refused(.unknownFunction), .refused(.overloaded), .refused(.cancelled):
      throw throttled("Rate Exceeded.")
    case .refused(.stopped):
      throw ServiceError(
        code: "ServiceException", message: "the runtime is starting or shutting down", httpStatus: 503)
    }
  }

  private func tail(_ result: InvocationResult) -> (name: String, value: String) {
    ("X-Amz-Log-Result", Data(result.logTail).base64EncodedString())
  }

  private func throttled(_ message: String) -> ServiceError {
    ServiceError(code: "TooManyRequestsException", message: message, httpStatus: 429)
  }

  package func limit(_ payload: [UInt8], _ bytes: Int) throws(ServiceError) {
    guard payload.count <= bytes else {
      throw ServiceError(
        code: "RequestTooLargeException",
        message: "\(payload.count) byte payload is too large for the invocation (limit \(bytes) bytes)",
        httpStatus: 413)
    }
  }

  /// By name, partial ARN or ARN, with or without a qualifier.
  package func function(_ reference: Substring) throws(ServiceError) -> FunctionConfiguration {
    var parts = reference.split(separator: ":")
    if parts.count > 1, parts.last == "$LATEST" { parts.removeLast() }
    guard let name = parts.last, let function = functions.first(where: { $0.name == name }) else {
      throw ServiceError(
        code: "ResourceNotFoundException", message: "Function not found: \(functionARN(String(reference)))",
        httpStatus: 404)
    }
    return function
  }

  private func describe(_ function: FunctionConfiguration) -> JSONValue {
    .object([
      "FunctionName": .string(function.name), "FunctionArn": .string(functionARN(function.name)),
      "Handler": .string(function.handler), "Timeout": .integer(function.timeout.components.seconds),
      "MemorySize": .integer(Int64(function.memorySizeMiB)), "Version": .string("$LATEST"),
      "PackageType": .string("Zip"), "State": .string("Active"), "LastUpdateStatus": .string("Successful"),
    ])
  }
}
