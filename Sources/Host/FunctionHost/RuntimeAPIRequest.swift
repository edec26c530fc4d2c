import NIOHTTP1
import Core

/// The four calls of the Lambda Runtime API.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
enum RuntimeAPIRequest: Equatable {
  case next
  case response(requestID: String)
  case error(requestID: String)
  case initError
  case unknown

  /// Lambda's limit of a response, 6 MiB and the envelope's 100 bytes.
  static let maximumBodyBytes = 6_291_556
  /// Lambda's limit of a response that is streamed to its caller.
  static let maximumStreamBytes = 200 << 20

  init(method: HTTPMethod, uri: String) {
    let path = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
    let parts = path.split(separator: "/", omittingEmptySubsequences: true)
    guard parts.count >= 4, parts[0] == "2018-06-01", parts[1] == "runtime" else {
      self = .unknown
      return
    }
    switch (method, parts[2], parts.count) {
    case (.GET, "invocation", 4) where parts[3] == "next": self = .next
    case (.POST, "invocation", 5) where parts[4] == "response": self = .response(requestID: String(parts[3]))
    case (.POST, "invocation", 5) where parts[4] == "error": self = .error(requestID: String(parts[3]))
    case (.POST, "init", 4) where parts[3] == "error": self = .initError
    default: self = .unknown
    }
  }
}

/// An answer of the Runtime API that is not an invocation.
struct RuntimeAPIAnswer: Equatable {
  var status: HTTPResponseStatus
  var body: [UInt8]

  static let accepted = RuntimeAPIAnswer(.accepted, ["status": .string("OK")])

  static let tooLarge = RuntimeAPIAnswer(
    .payloadTooLarge, type: "RequestEntityTooLarge",
    message: "Exceeded maximum allowed payload size (\(RuntimeAPIRequest.maximumBodyBytes) bytes).")

  static let unknownPath = RuntimeAPIAnswer(
    .notFound, type: "NotFound", message: "the Runtime API has no such resource")

  /// Browsers send these headers and functions do not: a web page must not take an invocation.
  static let fromBrowser = RuntimeAPIAnswer(
    .forbidden, type: "Forbidden", message: "the Runtime API is for function processes, not for browsers")

  init(_ violation: ExecutionEnvironmentState.Violation) {
    switch violation {
    case .invalidRequestID:
      self.init(.badRequest, type: "InvalidRequestID", message: "Invalid request ID")
    case .invalidTransition(let from, let to):
      self.init(
        .forbidden, type: "InvalidStateTransition",
        message: "State transition from \(from) to \(to) failed for runtime. Error: State transition is not allowed")
    }
  }

  private init(_ status: HTTPResponseStatus, type: String, message: String) {
    self.init(status, ["errorMessage": .string(message), "errorType": .string(type)])
  }

  private init(_ status: HTTPResponseStatus, _ members: [String: JSONValue]) {
    self.status = status
    body = (try? JSON.encode(JSONValue.object(members))) ?? []
  }
}
