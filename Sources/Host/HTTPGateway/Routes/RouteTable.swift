/// All routes, in the order in which they are asked: pure.
///
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
package struct RouteTable: Sendable {
  package struct Match: Sendable {
    package var target: GatewayTarget
    /// `GET /pets/{id}`.
    package var routeKey: String
    package var pathParameters: [String: String]
  }

  private struct Entry: Sendable {
    var route: GatewayRoute
    var pattern: RoutePattern
  }

  private let entries: [Entry]

  package init(_ routes: [GatewayRoute]) {
    entries = routes.map { Entry(route: $0, pattern: RoutePattern($0.path)) }.sorted { a, b in
      if let isFirst = RoutePattern.isMoreSpecific(a.pattern, b.pattern) { return isFirst }
      // A route of the method itself before one of any method.
      if (a.route.method == nil) != (b.route.method == nil) { return a.route.method != nil }
      return a.route.key < b.route.key
    }
  }

  package var isEmpty: Bool { entries.isEmpty }

  /// - Parameters:
  ///   - path: as on the wire, without the query; begins with `/`.
  package func match(method: String, path: String) -> Match? {
    let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    for entry in entries where entry.route.method == nil || entry.route.method == method {
      if let variables = entry.pattern.match(segments) {
        return Match(target: entry.route.target, routeKey: entry.route.key, pathParameters: variables)
      }
    }
    return nil
  }

  /// The rules for other origins that hold for a path, whichever method it is asked with.
  package func cors(path: String) -> CORSPolicy? {
    let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    for entry in entries {
      if let policy = entry.route.target.cors, entry.pattern.match(segments) != nil { return policy }
    }
    return nil
  }
}
