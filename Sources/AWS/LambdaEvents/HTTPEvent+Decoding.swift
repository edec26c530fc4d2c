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
  /// - Throws: `InvalidHTTPEvent`.
  package init(json: [UInt8]) throws {
    let wire: Wire
    do {
      wire = try JSON.decode(from: json)
    } catch {
      throw InvalidHTTPEvent(message: "the event must be an HTTP request in payload format 2.0: \(error)")
    }
    guard wire.version == "2.0" else {
      throw InvalidHTTPEvent(message: "the event must have payload format version 2.0, found '\(wire.version)'")
    }
    let isEncoded = wire.isBase64Encoded ?? false
    var body: [UInt8]?
    if let text = wire.body {
      guard let bytes = isEncoded ? Base64.decode(text) : Array(text.utf8) else {
        throw InvalidHTTPEvent(message: "the event's body must be Base64, as isBase64Encoded says")
      }
      body = bytes
    }
    self.init(
      routeKey: wire.routeKey ?? "$default", rawPath: wire.rawPath, rawQueryString: wire.rawQueryString ?? "",
      cookies: wire.cookies ?? [], headers: wire.headers ?? [:],
      queryStringParameters: wire.queryStringParameters ?? [:], pathParameters: wire.pathParameters ?? [:],
      stageVariables: wire.stageVariables ?? [:], requestContext: wire.requestContext.context, body: body,
      isBase64Encoded: isEncoded)
  }

  private struct Wire: Decodable {
    var version: String
    var routeKey: String?
    var rawPath: String
    var rawQueryString: String?
    var cookies: [String]?
    var headers: [String: String]?
    var queryStringParameters: [String: String]?
    var pathParameters: [String: String]?
    var stageVariables: [String: String]?
    var requestContext: WireContext
    var body: String?
    var isBase64Encoded: Bool?
  }

  /// Callers who write events by hand leave out most of it.
  private struct WireContext: Decodable {
    var accountId: String?
    var apiId: String?
    var authorizer: Authorizer?
    var domainName: String?
    var domainPrefix: String?
    var http: WireRequest
    var requestId: String?
    var routeKey: String?
    var stage: String?
    var time: String?
    var timeEpoch: Int64?
    var zoetrope: Extension?

    var context: Context {
      var context = Context(
        http: Request(
          method: http.method, path: http.path ?? "/", protocol: http.protocol ?? "HTTP/1.1",
          sourceIp: http.sourceIp ?? "", userAgent: http.userAgent ?? ""))
      context.accountId = accountId ?? context.accountId
      context.apiId = apiId ?? ""
      context.authorizer = authorizer
      context.domainName = domainName ?? ""
      context.domainPrefix = domainPrefix ?? ""
      context.requestId = requestId ?? ""
      context.routeKey = routeKey ?? "$default"
      context.stage = stage ?? "$default"
      context.time = time ?? ""
      context.timeEpoch = timeEpoch ?? 0
      context.zoetrope = zoetrope
      return context
    }
  }

  private struct WireRequest: Decodable {
    var method: String
    var path: String?
    var `protocol`: String?
    var sourceIp: String?
    var userAgent: String?
  }
}
