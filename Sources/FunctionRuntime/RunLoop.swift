import Logging
import Core

/// Fetches events, has them handled, hands back what came out: one after the other, until there are no more.
struct RunLoop: Sendable {
  let client: any RuntimeAPIClient
  let handler: any InvocationHandler
  let logger: Logger
  let stop: StopRequest
  var references: ReferenceResolution? = nil
  /// What the loop runs on; nil: the cooperative pool.
  var thread: (any TaskExecutor)? = nil

  /// Why the loop ended.
  enum End {
    /// No more events, or asked to stop.
    case finished(failures: Int)
    /// The platform is gone.
    case abandoned
  }

  func run() async -> End {
    var failures = 0
    while !stop.isMade {
      do {
        guard let invocation = try await stop.interrupting(on: thread, { try await client.next() }) else { break }
        if try await !answer(invocation) { failures += 1 }
      } catch {
        // No platform is left to be told, and a process without one must not linger.
        logger.error("the platform is gone", metadata: ["error": "\(error)"])
        return .abandoned
      }
    }
    return .finished(failures: failures)
  }

  /// Whether a result was handed back and taken.
  private func answer(_ invocation: Invocation) async throws -> Bool {
    var logger = logger
    logger[metadataKey: "requestId"] = "\(invocation.requestID)"
    let context = InvocationContext(
      requestID: invocation.requestID, functionARN: invocation.functionARN, traceID: invocation.traceID,
      deadline: invocation.deadline, resolvesReferences: invocation.resolvesReferences, logger: logger,
      retire: { [stop] in stop.make() })
    if let handler = handler as? any StreamingHandler {
      return try await stream(invocation, context) { writer in
        try await withTaskExecutorPreference(globalConcurrentExecutor) {
          try await handler.handle(invocation.event, writer, context)
        }
      }
    }
    guard let handler = handler as? any FunctionHandler else { return false }
    var result: [UInt8]
    do {
      result =
        handler.isBrief
        ? try await handler.handle(invocation.event, context)
        : try await withTaskExecutorPreference(globalConcurrentExecutor) {
          try await handler.handle(invocation.event, context)
        }
      if let references, let resolved = try references.begin(result, of: invocation) {
        if resolved.isStreamed { return try await stream(invocation, context) { try await resolved.send(to: $0) } }
        result = try await resolved.buffered()
      }
    } catch {
      try await report(error, invocation, logger)
      return false
    }
    EmbeddedMetrics.flush()
    return try await tolerating(logger) { try await client.respond(to: invocation.requestID, with: result) }
  }

  private func stream(
    _ invocation: Invocation, _ context: InvocationContext, _ body: (ResponseWriter) async throws -> Void
  ) async throws -> Bool {
    let writer = ResponseWriter(resolve: references?.resolution(of: invocation)) { [client] contentType in
      try await client.stream(invocation.requestID, contentType: contentType)
    }
    do {
      try await body(writer)
    } catch {
      guard writer.hasBegun else {
        try await report(error, invocation, context.logger)
        return false
      }
      let failure = logged(error, context.logger)
      EmbeddedMetrics.flush()
      try await tolerating(context.logger) { try await writer.finish(failure) }
      return false
    }
    EmbeddedMetrics.flush()
    return try await tolerating(context.logger) { try await writer.finish(nil) }
  }

  private func report(_ error: any Error, _ invocation: Invocation, _ logger: Logger) async throws {
    let failure = logged(error, logger)
    EmbeddedMetrics.flush()
    try await tolerating(logger) { try await client.report(failure, of: invocation.requestID) }
  }

  private func logged(_ error: any Error, _ logger: Logger) -> FunctionFailure {
    let failure = FunctionFailure(error)
    logger.error(
      "invocation failed", metadata: ["errorType": "\(failure.errorType)", "error": "\(failure.errorMessage)"])
    return failure
  }

  /// A result that is refused costs that invocation only.
  @discardableResult
  private func tolerating(_ logger: Logger, _ delivery: () async throws -> Void) async throws -> Bool {
    do {
      try await delivery()
      return true
    } catch let error as ResultRefused {
      logger.error("result refused", metadata: ["error": "\(error.message)"])
      return false
    } catch let error as StreamClosed {
      logger.error("result refused", metadata: ["error": "\(error.message)"])
      return false
    }
  }
}
