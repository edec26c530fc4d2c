import Core

/// One call of a function.
package struct InvocationRequest: Sendable {
  /// `Lambda-Runtime-Aws-Request-Id`; the same for every attempt of one asynchronous invocation.
  package var requestID: String
  /// The event: JSON, as the function gets it.
  package var payload: [UInt8]
  /// `Lambda-Runtime-Trace-Id`; made up where absent.
  package var traceID: String?
  /// `Lambda-Runtime-Client-Context`: a JSON object of visible ASCII.
  package var clientContext: String?
  /// Gets a response as the function streams it; the result is empty then. What is not streamed is the result.
  package var stream: ResponseStream?
  /// Ends the invocation when it is raised: one that waits is given up, the process of one that runs is ended.
  package var cancellation: CancellationSignal?

  package init(
    requestID: String = RequestID.make(), payload: [UInt8], traceID: String? = nil, stream: ResponseStream? = nil,
    cancellation: CancellationSignal? = nil
  ) {
    self.cancellation = cancellation
    self.requestID = requestID
    self.payload = payload
    self.traceID = traceID
    self.stream = stream
  }
}

/// How an invocation ended.
package enum InvocationOutcome: Sendable, Equatable {
  /// The function responded; its result, as it sent it.
  case success([UInt8])
  /// The function, or its process, failed.
  case failure(FunctionFailure)
  /// The invocation was not run: nothing of it happened, and it may be tried again later.
  case refused(Refusal)

  package enum Refusal: String, Sendable {
    /// No function of that name.
    case unknownFunction
    /// Too many calls wait for an environment.
    case throttled
    /// The host takes no new work.
    case stopped
    /// Too many calls wait in the host, whatever their function.
    case overloaded
    /// The caller gave it up before it began.
    case cancelled
  }
}

/// Why an invocation failed, in Lambda's words.
package struct FunctionFailure: Sendable, Equatable {
  package enum Kind: String, Sendable {
    /// The function reported the error itself.
    case reported
    /// It did not respond within `Timeout`.
    case timedOut
    /// The process ended without a response.
    case crashed
    /// It used more than `MemorySize`.
    case outOfMemory
    /// It could not be started, or ended or reported an error before it asked for work.
    case initialization
    /// The caller does not want the result any more; the process was ended.
    case cancelled
  }

  package var kind: Kind
  /// `Runtime.ExitError`, `Sandbox.Timedout`, `Runtime.OutOfMemory`, or the function's own name for it.
  package var type: String
  package var message: String
  /// What a caller of Invoke gets: `{"errorType":…,"errorMessage":…}`.
  package var payload: [UInt8]
  /// Whether another try cannot help.
  package var isFinal = false
  /// How long the receiver asks to wait before another try; `nil`: it does not say.
  package var retryAfter: Duration?

  package init(
    kind: Kind, type: String, message: String, payload: [UInt8]? = nil, isFinal: Bool = false,
    retryAfter: Duration? = nil
  ) {
    self.kind = kind
    self.isFinal = isFinal
    self.retryAfter = retryAfter
    self.type = type
    self.message = message
    self.payload = payload ?? Self.payload(type, message)
  }

  private static func payload(_ type: String, _ message: String) -> [UInt8] {
    let made: JSONValue = .object(["errorType": .string(type), "errorMessage": .string(message)])
    return (try? JSON.encode(made)) ?? []
  }

  /// The failure of an environment as that of a call which it costs; a function's own words stay as they are.
  func naming(_ requestID: String) -> FunctionFailure {
    guard payload == Self.payload(type, message) else { return self }
    return FunctionFailure(kind: kind, type: type, message: "RequestId: \(requestID) Error: \(message)")
  }
}

/// What an invocation cost.
package struct InvocationReport: Sendable, Equatable {
  package var requestID: String
  /// From delivery to the function until its response.
  package var duration: Duration
  /// From process start to its first request for work, where this invocation started the process.
  package var initDuration: Duration?
  package var memorySizeMiB: Int
  /// Highest resident memory of the process group seen so far.
  package var maximumMemoryMiB: Int

  /// Whole milliseconds, rounded up.
  package var billedMilliseconds: Int64 { Int64((duration.milliseconds).rounded(.up)) }

  /// Lambda's REPORT line, without its line end.
  package var line: String {
    var line = "REPORT RequestId: \(requestID)\tDuration: \(duration.milliseconds.twoDecimals) ms\t"
    line += "Billed Duration: \(billedMilliseconds) ms\tMemory Size: \(memorySizeMiB) MB\t"
    line += "Max Memory Used: \(maximumMemoryMiB) MB\t"
    if let initDuration { line += "Init Duration: \(initDuration.milliseconds.twoDecimals) ms\t" }
    return line
  }
}

/// An invocation's end: outcome, cost, and the last bytes of its log.
package struct InvocationResult: Sendable {
  package var outcome: InvocationOutcome
  package var report: InvocationReport
  /// At most `LogLimits.tailBytes`.
  package var logTail: [UInt8]
}

extension Duration {
  var milliseconds: Double {
    Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15
  }
}

extension Double {
  var twoDecimals: String {
    let hundredths = Int64((self * 100).rounded())
    let fraction = hundredths % 100
    return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
  }
}

extension InvocationResult {
  /// The result of a call that was carried out without a process.
  package static func ended(
    _ outcome: InvocationOutcome, requestID: String, after duration: Duration
  ) -> InvocationResult {
    InvocationResult(
      outcome: outcome,
      report: InvocationReport(requestID: requestID, duration: duration, memorySizeMiB: 0, maximumMemoryMiB: 0),
      logTail: [])
  }

  /// The result of a call that was not run.
  package static func refused(_ refusal: InvocationOutcome.Refusal, requestID: String) -> InvocationResult {
    InvocationResult(
      outcome: .refused(refusal),
      report: InvocationReport(requestID: requestID, duration: .zero, memorySizeMiB: 0, maximumMemoryMiB: 0),
      logTail: [])
  }
}
