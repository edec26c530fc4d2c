/// Reads `HttpApi` events.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-httpapi.html>
struct HTTPRouteReader {
  let resolver: Resolver
  let apis: [String: HTTPAPIReader.API]

  private var diagnostics: Diagnostics { resolver.diagnostics }

  private static let methods: Set<String> = [
    "ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT",
  ]

  /// The API that the event names; `nil` if it names none.
  static func apiNode(_ event: TemplateNode) -> TemplateNode? { event["Properties"]?["ApiId"] }

  /// - Parameter section: `nil` for an event without properties, which takes every request.
  func read(_ id: String, _ section: PropertySection?, event: TemplateNode) -> HTTPRoute? {
    let api = section.flatMap { self.api($0) } ?? HTTPAPIReader.implicitID
    let method = section?.string("Method")
    let path = section?.string("Path")
    let authorization =
      section.flatMap { self.authorization($0, apis[api]) } ?? apis[api]?.defaultAuthorization ?? .none
    let timeout = section?.int("TimeoutInMillis", in: 50...30_000)
    if let version = section?.string("PayloadFormatVersion"), version != "2.0" {
      diagnostics.problem(
        section?.node["PayloadFormatVersion"] ?? event, "must be '2.0' to be honoured here, found '\(version)'")
    }
    section?.section("RouteSettings").map { RouteSettings(resolver: resolver).check($0) }
    section?.finish()

    guard let (method, path) = target(method, path, section?.node ?? event) else { return nil }
    return HTTPRoute(
      id: id, api: api, method: method, path: path, authorization: authorization,
      timeoutMilliseconds: timeout ?? 30_000)
  }

  private func target(_ method: String?, _ path: String?, _ node: TemplateNode) -> (String, String)? {
    switch (method, path) {
    case (nil, nil), (nil, "$default"): return ("ANY", "$default")
    case (nil, _):
      diagnostics.problem(node, "must have the property Method beside Path")
      return nil
    case (_, nil):
      diagnostics.problem(node, "must have the property Path beside Method")
      return nil
    case (let method?, let path?):
      let name = method.lowercased() == "x-amazon-apigateway-any-method" ? "ANY" : method.uppercased()
      guard Self.methods.contains(name) else {
        let methods = Self.methods.sorted().joined(separator: ", ")
        diagnostics.problem(node["Method"] ?? node, "must be one of \(methods), found '\(method.prefix(80))'")
        return nil
      }
      guard path == "$default" || checkPath(path, node["Path"] ?? node) else { return nil }
      return (name, path)
    }
  }

  /// Whole segments in braces are parameters, the last one with a plus takes the rest of the path.
  private func checkPath(_ path: String, _ node: TemplateNode) -> Bool {
    guard path.hasPrefix("/") else {
      diagnostics.problem(node, "must begin with '/' or be $default, found '\(path.prefix(80))'")
      return false
    }
    let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    var names: Set<Substring> = []
    for (index, segment) in segments.enumerated() where segment.contains("{") || segment.contains("}") {
      guard segment.hasPrefix("{"), segment.hasSuffix("}") else {
        diagnostics.problem(node, "must have braces around whole segments only, found '\(segment.prefix(80))'")
        return false
      }
      var name = segment.dropFirst().dropLast()
      if name.hasSuffix("+") {
        name = name.dropLast()
        guard index == segments.count - 1 else {
          diagnostics.problem(node, "must have '{\(name.prefix(80))+}' as its last segment")
          return false
        }
      }
      guard !name.isEmpty, name.utf8.allSatisfy(isParameterByte) else {
        diagnostics.problem(
          node, "must have parameters of letters, digits and '._:-', found '\(segment.prefix(80))'")
        return false
      }
      guard names.insert(name).inserted else {
        diagnostics.problem(node, "must not have the parameter '\(name.prefix(80))' twice")
        return false
      }
    }
    return true
  }

  private func isParameterByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "._:-".utf8.contains(byte)
    }
  }

  /// Logical id of the API that is named; `nil` for the implicit one.
  private func api(_ section: PropertySection) -> String? {
    guard let node = section.raw("ApiId") else { return nil }
    guard let (name, argument) = node.intrinsic, name == "Ref", let logicalID = argument.text, apis[logicalID] != nil
    else {
      diagnostics.problem(node, "must be !Ref NAME of an AWS::Serverless::HttpApi of this template")
      return nil
    }
    return logicalID
  }

  private func authorization(_ section: PropertySection, _ api: HTTPAPIReader.API?) -> HTTPRoute.Authorization? {
    guard let auth = section.section("Auth") else { return nil }
    defer { auth.finish() }
    auth.ignore(["InvokeRole"])
    auth.refuse("AuthorizationScopes", "cannot be honoured here: let the function check the token")
    switch auth.string("Authorizer", oneOf: ["AWS_IAM", "NONE"]) {
    case "AWS_IAM":
      if api?.allowsIAM == false {
        diagnostics.problem(
          auth.node["Authorizer"] ?? auth.node, "is AWS_IAM, which needs EnableIamAuthorizer: true in the API's Auth")
      }
      return .iam
    case "NONE": return HTTPRoute.Authorization.none
    default: return nil
    }
  }
}
