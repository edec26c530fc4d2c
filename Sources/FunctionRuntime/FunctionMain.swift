package import HTTPTransport
package import Logging

/// The life of a function's process: initialise once, then answer events.
///
/// What throwing means: in `initialise`, that the process is useless: it is reported and the process ends. In the
/// handler, that this event may be tried again: it is reported and the process lives on. Where the platform cannot be
/// reached any more, the process ends, so that nothing lingers after its host.
package enum FunctionMain {
  /// What `run` returns, for `exit`.
  package enum ExitCode {
    /// SIGTERM, or the event of standard input was answered.
    package static let success: Int32 = 0
    /// Initialisation failed, or the event of standard input could not be answered.
    package static let failure: Int32 = 1
    /// The Runtime API cannot be reached any more, or does not behave like one.
    package static let abandoned: Int32 = 3
  }

  /// Serves events until the platform, the end of the input or SIGTERM ends it; SIGTERM lets the event under way be
  /// answered first.
  ///
  /// - Parameters:
  ///   - environment: with `AWS_LAMBDA_RUNTIME_API` (`host:port`) events come from there; without it, one event is read
  ///     from standard input and its result written to standard output.
  ///   - http: carries the requests to the Runtime API.
  ///   - logger: handlers receive it with the metadata `requestId`.
  ///   - initialise: builds the handler before the first event is asked for.
  /// - Returns: one of `ExitCode`.
  package static func run(
    environment: [String: String], http: any HTTPClient, logger: Logger,
    initialise: @Sendable () async throws -> any InvocationHandler
  ) async -> Int32 {
    if let address = environment["AWS_LAMBDA_RUNTIME_API"], !address.isEmpty {
      let thread: RuntimeThread
      do {
        thread = try RuntimeThread()
      } catch {
        logger.error("the process lacks a thread or a pipe", metadata: ["error": "\(error)"])
        return ExitCode.failure
      }
      defer { thread.end() }
      let stop = StopRequest()
      return await TerminationSignal.stopping(stop) {
        await run(
          HTTPRuntimeAPIClient(address: address, http: http, thread: thread), stop, logger,
          ReferenceResolution(environment: environment, http: http, logger: logger), thread: thread, initialise)
      }
    }
    // Without a host to talk to, SIGTERM simply ends the process.
    return await run(StandardInputClient(), StopRequest(), logger, nil, thread: nil, initialise)
  }

  /// - Parameter thread: nil for a single event.
  private static func run(
    _ client: some RuntimeAPIClient, _ stop: StopRequest, _ logger: Logger, _ references: ReferenceResolution?,
    thread: RuntimeThread?, _ initialise: @Sendable () async throws -> any InvocationHandler
  ) async -> Int32 {
    let isOneShot = thread == nil
    let handler: any InvocationHandler
    do {
      handler = try await initialise()
    } catch {
      let failure = FunctionFailure(error)
      logger.error(
        "initialisation failed", metadata: ["errorType": "\(failure.errorType)", "error": "\(failure.errorMessage)"])
      do {
        try await client.reportInitialisation(failure)
      } catch {
        logger.error("the platform could not be told", metadata: ["error": "\(error)"])
      }
      return ExitCode.failure
    }
    let loop = RunLoop(
      client: client, handler: handler, logger: logger, stop: stop, references: references, thread: thread)
    switch await withTaskExecutorPreference(thread, operation: { await loop.run() }) {
    case .finished(let failures): return isOneShot && failures > 0 ? ExitCode.failure : ExitCode.success
    case .abandoned: return isOneShot ? ExitCode.failure : ExitCode.abandoned
    }
  }
}
