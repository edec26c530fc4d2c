package import FoundationEssentials
package import Logging

/// What a handler knows about its invocation besides the event.
package struct InvocationContext: Sendable {
  /// Unique per invocation; retries of an asynchronous one keep it.
  package let requestID: String
  /// Empty where the platform does not say.
  package let functionARN: String
  /// An X-Ray trace header; empty without one.
  package let traceID: String
  /// When the platform ends the invocation; the distant future where it never does.
  package let deadline: Date
  /// The platform sends what an HTTP answer refers to, and asks again if an optional object is not there. Otherwise the
  /// runtime of the function sends it.
  package let resolvesReferences: Bool
  /// Carries the request id.
  package let logger: Logger
  /// Asks the process to end once this invocation is answered: something in it cannot be stopped otherwise. The platform
  /// starts another process for the next event.
  package let retire: @Sendable () -> Void

  package init(
    requestID: String, functionARN: String = "", traceID: String = "", deadline: Date = .distantFuture,
    resolvesReferences: Bool = false, logger: Logger, retire: @escaping @Sendable () -> Void = {}
  ) {
    self.requestID = requestID
    self.functionARN = functionARN
    self.traceID = traceID
    self.deadline = deadline
    self.resolvesReferences = resolvesReferences
    self.logger = logger
    self.retire = retire
  }
}
