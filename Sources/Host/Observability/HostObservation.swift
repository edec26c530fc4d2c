package import FunctionHost

/// Passes what the host tells on to log, metrics and the console.
package struct HostObservation: HostObserver {
  package let logs: LogStore
  package let metrics: RuntimeMetrics
  package let activity: ActivityLog
  /// Gets every line too.
  package let echo: (@Sendable (_ line: String) -> Void)?

  package init(
    logs: LogStore, metrics: RuntimeMetrics, activity: ActivityLog, echo: (@Sendable (_ line: String) -> Void)?
  ) {
    self.logs = logs
    self.metrics = metrics
    self.activity = activity
    self.echo = echo
  }

  package func log(_ line: LogLine) {
    logs.add(line)
    metrics.functions.add(line.text)
    echo?(line.text)
  }

  package func environmentReady(function: String, initDuration: Duration) {
    metrics.environmentReady(function: function, initDuration: initDuration)
    activity.coldStart(function: function)
  }

  package func environmentEnded(function: String, reason: EnvironmentEnd) {
    metrics.environmentEnded(function: function, reason: reason)
  }

  package func invocationStarted(function: String, requestID: String) {
    activity.started(function: function, requestID: requestID)
  }

  package func invocationEnded(function: String, result: InvocationResult) {
    metrics.invocationEnded(function: function, result: result)
    activity.ended(function: function, result: result)
  }
}
