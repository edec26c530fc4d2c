/// What the gateway calls for a request, and under which rules.
package struct GatewayTarget: Sendable, Equatable {
  package enum Authorization: String, Sendable {
    case none = "NONE"
    case iam = "AWS_IAM"
  }

  /// The function's name.
  package var function: String
  package var authorization: Authorization
  /// nil: the function itself answers for other origins, if it wants to.
  package var cors: CORSPolicy?
  /// Bytes of the longest request body; nil is the limit of a body that travels in the event.
  package var maximumBody: Int64?
  /// A function URL; otherwise a route of an HTTP API.
  package var isFunctionURL: Bool
  /// `requestContext.apiId`.
  package var apiID: String
  package var stageVariables: [String: String]
  /// How long the function may take to say what the answer is; nil: as long as it may run.
  package var timeout: Duration?

  package init(
    function: String, authorization: Authorization = .none, cors: CORSPolicy? = nil, maximumBody: Int64? = nil,
    isFunctionURL: Bool = false, apiID: String, stageVariables: [String: String] = [:], timeout: Duration? = nil
  ) {
    self.stageVariables = stageVariables
    self.timeout = timeout
    self.function = function
    self.authorization = authorization
    self.cors = cors
    self.maximumBody = maximumBody
    self.isFunctionURL = isFunctionURL
    self.apiID = apiID
  }
}

/// A route of an HTTP API.
package struct GatewayRoute: Sendable, Equatable {
  /// nil is any method (`ANY`).
  package var method: String?
  /// `/pets/{id}`, `/files/{proxy+}`, or `$default`.
  package var path: String
  package var target: GatewayTarget

  package init(method: String?, path: String, target: GatewayTarget) {
    self.method = method
    self.path = path
    self.target = target
  }

  /// As API Gateway writes it: `GET /pets/{id}`, `ANY /pets`, `$default`.
  package var key: String { Self.key(method: method ?? "ANY", path: path) }

  package static func key(method: String, path: String) -> String {
    path == RoutePattern.fallback ? path : "\(method) \(path)"
  }
}
