import FoundationEssentials
import NIOCore
import NIOHTTP1
import Core

/// A call that an environment works on.
struct RunningCall {
  let callID: ExecutionEnvironmentPoolState.CallID
  let request: InvocationRequest
  let started: ContinuousClock.Instant
  /// Of the function's `Timeout`, when the call was assigned.
  let timeLeft: Duration
  /// From process start to its first request for work, where this call started the process.
  let initDuration: Duration?
  /// Whether something of the response has been streamed: a second response would be appended to it.
  var isStreamed = false

  var requestID: String { request.requestID }

  /// The headers with which the function gets it.
  func headers(functionARN: String, now: Date) -> [(String, String)] {
    let deadline = now.addingTimeInterval(timeLeft.milliseconds / 1000)
    var headers = [
      ("Lambda-Runtime-Aws-Request-Id", requestID),
      ("Lambda-Runtime-Deadline-Ms", String(deadline.millisecondsSince1970)),
      ("Lambda-Runtime-Invoked-Function-Arn", functionARN),
      ("Lambda-Runtime-Trace-Id", request.traceID ?? Self.makeTraceID(now)),
      // The function runtime leaves answers with references to the gateway.
      ("Zoetrope-Resolves-References", "1"),
    ]
    if let context = request.clientContext { headers.append(("Lambda-Runtime-Client-Context", context)) }
    return headers
  }

  /// What a response that has come in as a whole makes of it, and what the runtime is told.
  func end(with response: RuntimeAPIHandler.Request) -> (answer: RuntimeAPIAnswer, outcome: InvocationOutcome) {
    if isStreamed, response.stream == nil { return (.accepted, .failure(.responseBrokeOff(requestID))) }
    if response.isTooLarge {
      let limit =
        response.stream == nil ? RuntimeAPIRequest.maximumBodyBytes : RuntimeAPIRequest.maximumStreamBytes
      return (.tooLarge, .failure(.responseTooLarge(limit: limit)))
    }
    // A streamed response tells in its trailers that it broke off.
    if let type = response.trailers?.first(name: "lambda-runtime-function-error-type") {
      let body = response.trailers?.first(name: "lambda-runtime-function-error-body")
      let payload = body.flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) }
      return (.accepted, .failure(.reported(type: type, payload: payload ?? [])))
    }
    return (.accepted, .success(Array(buffer: response.body)))
  }

  /// - Parameters:
  ///   - duration: nil means until now.
  ///   - maximumBytes: the most memory that was seen.
  func report(duration: Duration?, memorySizeMiB: Int, maximumBytes: Int) -> InvocationReport {
    InvocationReport(
      requestID: requestID, duration: duration ?? (.now - started), initDuration: initDuration,
      memorySizeMiB: memorySizeMiB, maximumMemoryMiB: (maximumBytes + (1 << 20) - 1) >> 20)
  }

  /// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
  private static func makeTraceID(_ now: Date) -> String {
    let seconds = String(Int64(now.timeIntervalSince1970), radix: 16)
    let random = RequestID.make().filter { $0 != "-" }
    return "Root=1-\(seconds)-\(random.prefix(24));Parent=\(random.suffix(16));Sampled=0"
  }
}
