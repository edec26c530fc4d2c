/// Passes what the scheduler tells on to metrics and the console.
struct SchedulerObservation: SchedulerObserver {
  let metrics: RuntimeMetrics
  let activity: ActivityLog

  func dispatched(_ invocation: NewInvocation, attempt: Int, waited: Duration) {
    metrics.dispatched(invocation, attempt: attempt, waited: waited)
    activity.dispatched(invocation, attempt: attempt)
  }

  func joined(function: String) { metrics.joined(function: function) }

  func retried(function: String) { metrics.retried(function: function) }

  func died(function: String) {
    metrics.died(function: function)
    activity.lettersChanged()
  }
}
