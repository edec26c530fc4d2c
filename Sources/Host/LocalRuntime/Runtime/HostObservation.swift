import FunctionHost

/// Passes what the host tells on to log, metrics and the console.
struct HostObservation: HostObserver {
  let logs: LogStore
  let metrics: RuntimeMetrics
  let activity: ActivityLog
  /// Gets every line too.
  let echo: (@Sendable (_ line: String) -> Void)?

  func log(_ line: LogLine) {
    logs.add(line)
    echo?(line.text)
  }

  func environmentReady(function: String, initDuration: Duration) {
    metrics.environmentReady(function: function, initDuration: initDuration)
    activity.coldStart(function: function)
  }

  func environmentEnded(function: String, reason: EnvironmentEnd) {
    metrics.environmentEnded(function: function, reason: reason)
  }

  func invocationStarted(function: String, requestID: String) {
    activity.started(function: function, requestID: requestID)
  }

  func invocationEnded(function: String, result: InvocationResult) {
    metrics.invocationEnded(function: function, result: result)
    activity.ended(function: function, result: result)
  }
}
