import FunctionHost

/// Passes what the host tells on to log and metrics.
struct HostObservation: HostObserver {
  let logs: LogStore
  let metrics: RuntimeMetrics

  func log(_ line: LogLine) { logs.add(line) }

  func environmentReady(function: String, initDuration: Duration) {
    metrics.environmentReady(function: function, initDuration: initDuration)
  }

  func environmentEnded(function: String, reason: EnvironmentEnd) {
    metrics.environmentEnded(function: function, reason: reason)
  }

  func invocationEnded(function: String, result: InvocationResult) {
    metrics.invocationEnded(function: function, result: result)
  }
}
