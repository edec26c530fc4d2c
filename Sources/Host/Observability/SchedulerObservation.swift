package import Invocations

/// Passes what the scheduler tells on to metrics and the console.
package struct SchedulerObservation: SchedulerObserver {
  package let metrics: RuntimeMetrics
  package let activity: ActivityLog

  package init(metrics: RuntimeMetrics, activity: ActivityLog) {
    self.metrics = metrics
    self.activity = activity
  }

  package func dispatched(_ invocation: NewInvocation, attempt: Int, waited: Duration) {
    metrics.dispatched(invocation, attempt: attempt, waited: waited)
    activity.dispatched(invocation, attempt: attempt)
  }

  package func joined(function: String) { metrics.joined(function: function) }

  package func retried(function: String) { metrics.retried(function: function) }

  package func died(function: String) {
    metrics.died(function: function)
    activity.lettersChanged()
  }
}
