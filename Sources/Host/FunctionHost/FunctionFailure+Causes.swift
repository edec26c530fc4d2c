import FoundationEssentials
import Core
import Processes

/// The ways in which an environment fails a call, or never becomes ready, in Lambda's words.
extension FunctionFailure {
  /// What a runtime reported as an error.
  ///
  /// - Parameters:
  ///   - type: from a header; what the payload says goes before.
  ///   - payload: `{"errorType":…,"errorMessage":…}`, or whatever a runtime sends instead.
  static func reported(_ kind: Kind = .reported, type: String?, payload: [UInt8]) -> FunctionFailure {
    let body = try? JSON.decode(JSONValue.self, from: payload)
    let type = body?["errorType"]?.stringValue ?? type ?? "Unhandled"
    let message = body?["errorMessage"]?.stringValue ?? String(decoding: payload.prefix(1024), as: UTF8.self)
    return FunctionFailure(kind: kind, type: type, message: message, payload: body == nil ? nil : payload)
  }

  /// - Parameter limit: bytes.
  static func responseTooLarge(limit: Int) -> FunctionFailure {
    FunctionFailure(
      kind: .reported, type: "Function.ResponseSizeTooLarge",
      message: "Response payload size exceeded maximum allowed payload size (\(limit) bytes).")
  }

  static func responseBrokeOff(_ requestID: String) -> FunctionFailure {
    FunctionFailure(
      kind: .reported, type: "Runtime.TruncatedResponse",
      message: "RequestId: \(requestID) Error: the function's response broke off")
  }

  static func cannotStart(_ message: String) -> FunctionFailure {
    FunctionFailure(kind: .initialization, type: "Runtime.InvalidEntrypoint", message: message)
  }

  static func initTimedOut(after limit: Duration) -> FunctionFailure {
    FunctionFailure(
      kind: .initialization, type: "Sandbox.Timedout",
      message: "Init timed out after \((limit.milliseconds / 1000).twoDecimals) seconds")
  }

  /// The second try took all the time of the call that it was for.
  static func timedOutStarting(after limit: Duration) -> FunctionFailure {
    FunctionFailure(kind: .timedOut, type: "Sandbox.Timedout", message: timeoutText(limit))
  }

  static func exitedBeforeReady(_ status: ExitStatus) -> FunctionFailure {
    FunctionFailure(kind: .initialization, type: "Runtime.ExitError", message: status.description)
  }

  static func timedOut(_ requestID: String, after limit: Duration) -> FunctionFailure {
    FunctionFailure(
      kind: .timedOut, type: "Sandbox.Timedout", message: "RequestId: \(requestID) Error: \(timeoutText(limit))")
  }

  static func cancelled(_ requestID: String) -> FunctionFailure {
    FunctionFailure(
      kind: .cancelled, type: "Runtime.Cancelled",
      message: "RequestId: \(requestID) Error: the caller has gone; the invocation was ended")
  }

  static func timeoutText(_ limit: Duration) -> String {
    "Task timed out after \((limit.milliseconds / 1000).twoDecimals) seconds"
  }

  /// - Parameter requestID: of the call that ran, if any.
  static func outOfMemory(_ requestID: String?, usedMiB: Int, sizeMiB: Int) -> FunctionFailure {
    let text = "Runtime exited with error: signal: killed: used \(usedMiB) MB, memory size is \(sizeMiB) MB"
    return FunctionFailure(
      kind: .outOfMemory, type: "Runtime.OutOfMemory",
      message: requestID.map { "RequestId: \($0) Error: \(text)" } ?? text)
  }

  /// On Lambda a write would fail; here the files are looked at once a second.
  ///
  /// - Parameter requestID: of the call that ran, if any.
  static func outOfStorage(_ requestID: String?, usedMiB: Int, sizeMiB: Int) -> FunctionFailure {
    let text = "No space left on device: TMPDIR holds \(usedMiB) MB, ephemeral storage is \(sizeMiB) MB"
    return FunctionFailure(
      kind: .crashed, type: "Runtime.EphemeralStorageFull",
      message: requestID.map { "RequestId: \($0) Error: \(text)" } ?? text)
  }

  /// - Parameter status: nil where it is not known yet.
  static func exited(_ requestID: String, _ status: ExitStatus?) -> FunctionFailure {
    FunctionFailure(
      kind: .crashed, type: "Runtime.ExitError",
      message: "RequestId: \(requestID) Error: \(status?.description ?? "the host shut down")")
  }
}
