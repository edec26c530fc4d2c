import Core
import Encodings
import FoundationEssentials
import HTTPServer
import HTTPTypes
import HummingbirdCore
import LambdaEvents

extension HTTPEvent {
  /// A request without its body, as the event that a function gets.
  init(_ call: GatewayCall, accountID: String) {
    let (head, address, target) = (call.request.head, call.address, call.match.target)
    var context = Context(
      http: Request(
        method: head.method.rawValue, path: address.path, sourceIp: call.context.sourceAddress,
        userAgent: head.headerFields[.userAgent] ?? ""))
    context.accountId = accountID
    context.apiId = target.apiID
    context.domainName = address.host
    context.domainPrefix = String(address.host.prefix { $0 != "." })
    context.requestId = call.context.requestID
    context.routeKey = call.match.routeKey
    context.timeEpoch = call.time.millisecondsSince1970
    context.time = Context.time(secondsSince1970: context.timeEpoch / 1000)
    if call.isLocal {
      context.zoetrope = Extension(local: true)
    } else if let store = call.store {
      context.zoetrope = Extension(store: store)
    }
    self.init(
      routeKey: call.match.routeKey, rawPath: address.path, rawQueryString: address.query,
      queryStringParameters: Self.parameters(address.query), pathParameters: call.match.pathParameters,
      stageVariables: target.stageVariables, requestContext: context)
    for field in head.headerFields {
      let name = field.name.canonicalName
      if name == "cookie" {
        cookies += field.value.split(separator: ";").map { $0.trimmingSpaces }.filter { !$0.isEmpty }
      } else if let earlier = headers[name] {
        headers[name] = "\(earlier),\(field.value)"
      } else {
        headers[name] = field.value
      }
    }
    if !address.authority.isEmpty { headers["host"] = address.authority }
  }

  /// Puts the body into the event, as text if API Gateway would; an empty one is none.
  mutating func setBody(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else {
      (body, isBase64Encoded) = (nil, false)
      return
    }
    body = bytes
    let isText =
      headers["content-encoding"] == nil && headers["content-type"].map(Self.isText(contentType:)) == true
      && String(validating: bytes, as: UTF8.self) != nil
    isBase64Encoded = !isText
  }

  /// As a form's: a plus is a space. What cannot be decoded stays as it is.
  private static func parameters(_ query: String) -> [String: String] {
    var values: [String: String] = [:]
    for pair in query.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
        PercentEncoding.decode(String($0), plusIsSpace: true) ?? String($0)
      }
      let value = parts.count == 2 ? parts[1] : ""
      values[parts[0]] = values[parts[0]].map { "\($0),\(value)" } ?? value
    }
    return values
  }
}
