import HTTPGateway
import SAMTemplate

/// What of the template is reached over HTTP.
extension RuntimePlan {
  /// - Parameters:
  ///   - functions: whose routes and URLs are served.
  ///   - accountID: of the caller that events name.
  static func gateway(
    _ template: Template, functions: [FunctionResource], hosting: LocalRuntimeConfiguration.Hosting?, accountID: String
  ) -> Gateway.Configuration {
    let apis = Dictionary(template.apis.map { ($0.logicalID, $0) }, uniquingKeysWith: { first, _ in first })
    var routes: [GatewayRoute] = []
    var urls: [String: GatewayTarget] = [:]
    for function in functions {
      let maximumBody = function.settings.maximumBody?.bytes(in: function.environment(hosting)).map { Int64($0) }
      for route in function.routes {
        let api = apis[route.api]
        routes.append(
          GatewayRoute(
            method: route.isDefault || route.method == "ANY" ? nil : route.method, path: route.path,
            target: GatewayTarget(
              function: function.functionName, authorization: authorization(route.authorization),
              cors: api?.cors.map(CORSPolicy.init), maximumBody: maximumBody, apiID: api?.apiID ?? route.api,
              stageVariables: api?.stageVariables ?? [:],
              // The longest that AWS allows is no limit here: the function's own holds.
              timeout: route.timeoutMilliseconds < 30_000 ? .milliseconds(route.timeoutMilliseconds) : nil)))
      }
      if let url = function.url {
        urls[function.functionName] = GatewayTarget(
          function: function.functionName, authorization: authorization(url.authorization),
          cors: url.cors.map(CORSPolicy.init), maximumBody: maximumBody, isFunctionURL: true,
          apiID: function.functionName.lowercased())
      }
    }
    return Gateway.Configuration(routes: RouteTable(routes), urls: urls, accountID: accountID)
  }

  private static func authorization(_ authorization: HTTPRoute.Authorization) -> GatewayTarget.Authorization {
    switch authorization {
    case .none: .none
    case .iam: .iam
    }
  }
}

extension CORSPolicy {
  fileprivate init(_ rules: CORSConfiguration) {
    self.init(
      allowOrigins: rules.allowedOrigins, allowMethods: rules.allowedMethods, allowHeaders: rules.allowedHeaders,
      exposeHeaders: rules.exposedHeaders, maximumAge: rules.maximumAgeSeconds,
      allowCredentials: rules.allowsCredentials)
  }
}
