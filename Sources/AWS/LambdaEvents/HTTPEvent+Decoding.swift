import Core
import Encodings

/// The event is not an HTTP request in payload format 2.0.
package struct InvalidHTTPEvent: ClassifiedError {
  package let message: String
  package var code: String { "InvalidEvent" }
  package var isRetryable: Bool { false }
}

extension HTTPEvent {
  /// Reads the event of API Gateway, a function URL, or this project's gateway.
  ///
  /// Callers who write events by hand leave out most of it.
  ///
  /// - Throws: `InvalidHTTPEvent`.
  package init(json: [UInt8]) throws {
    do {
      let event = try JSONMembers(JSON.decode(JSONValue.self, from: json))
      let version = try event.require("version", JSONMembers.text)
      guard version == "2.0" else {
        throw JSONMembers.Fault(description: "it must have version 2.0, found '\(version)'")
      }
      let isEncoded = try event.truth("isBase64Encoded") ?? false
      self.init(
        routeKey: try event.text("routeKey") ?? "$default", rawPath: try event.require("rawPath", JSONMembers.text),
        rawQueryString: try event.text("rawQueryString") ?? "", cookies: try event.texts("cookies") ?? [],
        headers: try event.textsByName("headers") ?? [:],
        queryStringParameters: try event.textsByName("queryStringParameters") ?? [:],
        pathParameters: try event.textsByName("pathParameters") ?? [:],
        stageVariables: try event.textsByName("stageVariables") ?? [:],
        requestContext: try Context(event.require("requestContext", JSONMembers.object)),
        body: try Self.body(event.text("body"), isEncoded: isEncoded), isBase64Encoded: isEncoded)
    } catch {
      throw InvalidHTTPEvent(message: "the event must be an HTTP request in payload format 2.0: \(error)")
    }
  }

  private static func body(_ text: String?, isEncoded: Bool) throws(JSONMembers.Fault) -> [UInt8]? {
    guard let text else { return nil }
    guard isEncoded else { return Array(text.utf8) }
    guard let bytes = Base64.decode(text) else {
      throw JSONMembers.Fault(description: "its body must be Base64, as isBase64Encoded says")
    }
    return bytes
  }
}

extension HTTPEvent.Context {
  fileprivate init(_ context: JSONMembers) throws(JSONMembers.Fault) {
    let http = try context.require("http", JSONMembers.object)
    self.init(
      http: HTTPEvent.Request(
        method: try http.require("method", JSONMembers.text), path: try http.text("path") ?? "/",
        protocol: try http.text("protocol") ?? "HTTP/1.1", sourceIp: try http.text("sourceIp") ?? "",
        userAgent: try http.text("userAgent") ?? ""))
    accountId = try context.text("accountId") ?? accountId
    apiId = try context.text("apiId") ?? ""
    if let authorizer = try context.object("authorizer") {
      self.authorizer = HTTPEvent.Authorizer(iam: try authorizer.object("iam").map(Self.identity))
    }
    domainName = try context.text("domainName") ?? ""
    domainPrefix = try context.text("domainPrefix") ?? ""
    requestId = try context.text("requestId") ?? ""
    routeKey = try context.text("routeKey") ?? "$default"
    stage = try context.text("stage") ?? "$default"
    time = try context.text("time") ?? ""
    timeEpoch = Int64(try context.number("timeEpoch") ?? 0)
    zoetrope = try context.object("zoetrope").map(Self.extra)
  }

  private static func identity(_ iam: JSONMembers) throws(JSONMembers.Fault) -> HTTPEvent.Authorizer.Identity {
    HTTPEvent.Authorizer.Identity(
      accessKey: try iam.require("accessKey", JSONMembers.text),
      accountId: try iam.require("accountId", JSONMembers.text),
      callerId: try iam.require("callerId", JSONMembers.text), userArn: try iam.require("userArn", JSONMembers.text),
      userId: try iam.require("userId", JSONMembers.text))
  }

  private static func extra(_ extra: JSONMembers) throws(JSONMembers.Fault) -> HTTPEvent.Extension {
    HTTPEvent.Extension(
      phase: try extra.text("phase"), parts: try extra.objects("parts")?.map(part), local: try extra.truth("local"),
      store: try extra.text("store"))
  }

  private static func part(_ part: JSONMembers) throws(JSONMembers.Fault) -> HTTPEvent.Part {
    HTTPEvent.Part(
      name: try part.text("name"), fileName: try part.text("fileName"), contentType: try part.text("contentType"),
      size: Int64(try part.require("size", JSONMembers.number)),
      sha256: try part.require("sha256", JSONMembers.text), url: try part.require("url", JSONMembers.text))
  }
}
