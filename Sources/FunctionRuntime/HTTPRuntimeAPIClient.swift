import FoundationEssentials
import HTTPTransport
import Core

/// The AWS Lambda Runtime API over HTTP. Events and whole results have a connection of their own; streamed results go by the
/// process's transport.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>
struct HTTPRuntimeAPIClient: RuntimeAPIClient {
  /// Lambda's largest synchronous payload is 6 MB; an event beyond this is a platform gone mad.
  private static let maximumEventBytes = 32 << 20

  private static let maximumAnswerBytes = 1 << 20
  private static let base = "/2018-06-01/runtime"

  private let address: String
  private let http: any HTTPClient
  private let connection: RuntimeConnection

  /// - Parameters:
  ///   - address: `host:port`, as `AWS_LAMBDA_RUNTIME_API` has it.
  ///   - http: carries streamed results.
  ///   - thread: waits for the platform.
  init(address: String, http: any HTTPClient, thread: RuntimeThread) {
    self.address = address
    self.http = http
    connection = RuntimeConnection(address: address, thread: thread)
  }

  func next() async throws -> Invocation? {
    let response = try await connection.send(
      request("GET", "/invocation/next"), limit: Self.maximumEventBytes)
    guard response.status == 200 else { throw unexpected(response, to: "next") }
    guard let requestID = response.headers["Lambda-Runtime-Aws-Request-Id"], Self.isIdentifier(requestID) else {
      throw RuntimeAPIError(
        code: "InvalidInvocation", message: "the Runtime API sent an event without a request id of letters and digits")
    }
    let deadline = response.headers["Lambda-Runtime-Deadline-Ms"].flatMap { Int64($0) }
    return Invocation(
      requestID: requestID, functionARN: response.headers["Lambda-Runtime-Invoked-Function-Arn"] ?? "",
      traceID: response.headers["Lambda-Runtime-Trace-Id"] ?? "",
      deadline: deadline.map(Date.init(millisecondsSince1970:)) ?? .distantFuture, event: response.body,
      resolvesReferences: response.headers["Zoetrope-Resolves-References"] != nil)
  }

  func respond(to requestID: String, with result: [UInt8]) async throws {
    try await post("/invocation/\(requestID)/response", result, headers: [("Content-Type", "application/json")])
  }

  func stream(_ requestID: String, contentType: String) async throws -> any ResponseStream {
    let path = "/invocation/\(requestID)/response"
    var request = HTTPRequest(
      method: "POST", url: "http://\(address)\(Self.base)\(path)",
      headers: HTTPHeaders([
        ("User-Agent", Self.userAgent), ("Content-Type", contentType),
        ("Lambda-Runtime-Function-Response-Mode", "streaming"),
        ("Trailer", "\(HTTPResponseStream.errorType), \(HTTPResponseStream.errorBody)"),
      ]))
    // A caller who reads slowly is for the platform to judge.
    request.stallTimeout = .zero
    do {
      let exchange = try http.exchange(request, body: .chunked, bufferLimit: HTTPResponseStream.bufferLimit)
      return HTTPResponseStream(exchange: exchange, path: path)
    } catch {
      throw StreamClosed(message: "the streamed result cannot be sent: \(error)")
    }
  }

  func report(_ failure: FunctionFailure, of requestID: String) async throws {
    try await post("/invocation/\(requestID)/error", failure.json(), headers: Self.headers(failure, "Function"))
  }

  func reportInitialisation(_ failure: FunctionFailure) async throws {
    try await post("/init/error", failure.json(), headers: Self.headers(failure, "Runtime"))
  }

  private static func headers(_ failure: FunctionFailure, _ category: String) -> [(String, String)] {
    [
      ("Content-Type", "application/vnd.aws.lambda.error+json"),
      ("Lambda-Runtime-Function-Error-Type", failure.headerValue(category: category)),
    ]
  }

  private func post(_ path: String, _ body: [UInt8], headers: [(String, String)]) async throws {
    let response = try await connection.send(
      request("POST", path, headers: headers, body: body), limit: Self.maximumAnswerBytes)
    switch response.status {
    case 200..<300: return
    case 400..<500:
      throw ResultRefused(
        status: response.status, message: "the Runtime API refused \(path) with status \(response.status)")
    default: throw unexpected(response, to: path)
    }
  }

  private static let userAgent = "zoetrope-runtime/1"

  /// A request as it goes over the wire. Nothing in it can end a line: identifiers are checked, and what a header says of an
  /// error is made of characters that one can hold.
  private func request(
    _ method: String, _ path: String, headers: [(String, String)] = [], body: [UInt8] = []
  ) -> [UInt8] {
    var head = "\(method) \(Self.base)\(path) HTTP/1.1\r\nHost: \(address)\r\nUser-Agent: \(Self.userAgent)\r\n"
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    if method == "POST" { head += "Content-Length: \(body.count)\r\n" }
    head += "\r\n"
    return Array(head.utf8) + body
  }

  private func unexpected(_ response: HTTPResponse, to what: String) -> RuntimeAPIError {
    RuntimeAPIError(
      code: "RuntimeAPIFailed", message: "the Runtime API answered \(what) with status \(response.status)")
  }

  /// The id becomes part of a path.
  private static func isIdentifier(_ text: String) -> Bool {
    (1...256).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}
