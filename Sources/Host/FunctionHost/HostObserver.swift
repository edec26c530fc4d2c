/// Hears what happens in a host: the seam for metrics and logs.
///
/// Called from the host's own threads, in order per environment; must return at once and never block.
package protocol HostObserver: Sendable {
  /// A line that a function wrote, or one of the host's own (`START`, `END`, `REPORT`, time-outs) about it.
  func log(_ line: LogLine)
  /// A process was started; `initDuration` after it the first `/next` came.
  func environmentReady(function: String, initDuration: Duration)
  /// A process ended, for whatever reason.
  func environmentEnded(function: String, reason: EnvironmentEnd)
  func invocationStarted(function: String, requestID: String)
  func invocationEnded(function: String, result: InvocationResult)
}

extension HostObserver {
  package func log(_ line: LogLine) {}
  package func environmentReady(function: String, initDuration: Duration) {}
  package func environmentEnded(function: String, reason: EnvironmentEnd) {}
  package func invocationStarted(function: String, requestID: String) {}
  package func invocationEnded(function: String, result: InvocationResult) {}
}

/// One line of a function's log.
package struct LogLine: Sendable, Equatable {
  package var function: String
  /// The invocation that ran when the line was written; none during initialisation and between invocations.
  package var requestID: String?
  /// Which process wrote it.
  package var environmentID: String
  /// UTF-8 (repaired), without its line end.
  package var text: String

  package init(function: String, requestID: String? = nil, environmentID: String, text: String) {
    self.function = function
    self.requestID = requestID
    self.environmentID = environmentID
    self.text = text
  }
}

/// Why a process ended.
package enum EnvironmentEnd: String, Sendable, CaseIterable {
  case idle, stopped, timedOut, outOfMemory, crashed, initialization, cancelled
}
