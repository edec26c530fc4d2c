/// An `AWS::Serverless::HttpApi`, explicit or the one that SAM makes for events that name none.
package struct HTTPAPIResource: Sendable, Equatable {
  /// `ServerlessHttpApi` for the implicit one.
  package let logicalID: String
  /// The API's id: `requestContext.apiId`, and what `Ref` gives.
  package let apiID: String
  /// Answers to preflight requests, and headers of every answer; `nil`: none.
  package let cors: CORSConfiguration?
  /// `stageVariables` of the event; empty for none.
  package let stageVariables: [String: String]
}

/// An `HttpApi` event: "When that request comes, invoke the function and answer with its result."
package struct HTTPRoute: Sendable, Equatable {
  /// Who may call.
  package enum Authorization: Sendable, Equatable {
    /// All callers; the function authenticates them itself.
    case none
    /// Callers who sign with AWS credentials.
    case iam
  }

  /// The event's logical id.
  package let id: String
  /// Logical id of the API.
  package let api: String
  /// `GET` …, or `ANY`; meaningless for the default route.
  package let method: String
  /// `/pets/{id}`, `/files/{path+}`, or `$default` for what matches no other route.
  package let path: String
  package let authorization: Authorization
  /// 50 … 30,000 ms, default 30,000; the function's own `Timeout` holds as well.
  package let timeoutMilliseconds: Int

  package var isDefault: Bool { path == "$default" }

  /// As events have it: `GET /pets/{id}`, or `$default`.
  package var routeKey: String { isDefault ? path : "\(method) \(path)" }
}

/// A function's own address (`FunctionUrlConfig`).
package struct FunctionURL: Sendable, Equatable {
  package enum InvokeMode: String, Sendable, CaseIterable {
    /// The whole answer is returned at once, up to 6 MiB.
    case buffered = "BUFFERED"
    /// The answer is passed on while the function writes it.
    case stream = "RESPONSE_STREAM"
  }

  package let authorization: HTTPRoute.Authorization
  /// Default: buffered.
  package let invokeMode: InvokeMode
  package let cors: CORSConfiguration?
}

/// Which pages of other origins may call.
package struct CORSConfiguration: Sendable, Equatable {
  /// Default: false.
  package let allowsCredentials: Bool
  /// Lower-case names, or `*`; empty: none.
  package let allowedHeaders: [String]
  /// Upper-case, or `*`; empty: none.
  package let allowedMethods: [String]
  /// `https://app.example.com`, `*`, `https://*`, `http://*`; empty: none.
  package let allowedOrigins: [String]
  /// Empty: none.
  package let exposedHeaders: [String]
  /// How long a browser may remember the answer to a preflight request; `nil`: not said.
  package let maximumAgeSeconds: Int?

  package init(
    allowsCredentials: Bool = false, allowedHeaders: [String] = [], allowedMethods: [String] = [],
    allowedOrigins: [String] = [], exposedHeaders: [String] = [], maximumAgeSeconds: Int? = nil
  ) {
    self.allowsCredentials = allowsCredentials
    self.allowedHeaders = allowedHeaders
    self.allowedMethods = allowedMethods
    self.allowedOrigins = allowedOrigins
    self.exposedHeaders = exposedHeaders
    self.maximumAgeSeconds = maximumAgeSeconds
  }
}
