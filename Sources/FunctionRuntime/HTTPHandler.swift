package import LambdaEvents

/// A handler in terms of HTTP: an event of API Gateway, a function URL or `zoetrope` in, an answer out.
package struct HTTPHandler: FunctionHandler {
  private let body: @Sendable (HTTPEvent, InvocationContext) async throws -> HTTPResult

  package init(_ body: @escaping @Sendable (HTTPEvent, InvocationContext) async throws -> HTTPResult) {
    self.body = body
  }

  /// - Throws: `InvalidHTTPEvent`, or what `body` throws; callers then receive 502.
  package func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    try await body(HTTPEvent(json: event), context).json()
  }
}

/// The same for answers that are written in pieces.
package struct StreamingHTTPHandler: StreamingHandler {
  private let body: @Sendable (HTTPEvent, ResponseWriter, InvocationContext) async throws -> Void

  package init(_ body: @escaping @Sendable (HTTPEvent, ResponseWriter, InvocationContext) async throws -> Void) {
    self.body = body
  }

  package func handle(_ event: [UInt8], _ response: ResponseWriter, _ context: InvocationContext) async throws {
    try await body(HTTPEvent(json: event), response, context)
  }
}
