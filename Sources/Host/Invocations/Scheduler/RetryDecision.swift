import FoundationEssentials
package import FunctionHost
import Core

/// What becomes of an asynchronous invocation after a run: pure.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
package enum RetryDecision: Equatable {
  /// The longest wait before another try.
  package static let maximumDelay = Duration.seconds(900)

  case done
  /// The run did not happen; nothing is counted.
  case giveBack
  case retry(failedAttempts: Int, after: Duration)
  case dead(DeadLetterReason.Condition, attempts: Int, type: String, message: String)

  /// - Parameters:
  ///   - age: since the invocation was enqueued.
  ///   - randomness: 0 ..< 1, spreads retries over the second half of their wait.
  package static func after(
    _ outcome: InvocationOutcome, failedAttempts: Int, age: Duration, policy: FunctionPolicy, baseDelay: Duration,
    randomness: Double
  ) -> RetryDecision {
    switch outcome {
    case .success: return .done
    case .refused(.throttled), .refused(.stopped), .refused(.overloaded), .refused(.cancelled): return .giveBack
    case .refused(.unknownFunction):
      return .dead(
        .retriesExhausted, attempts: failedAttempts, type: "ResourceNotFoundException",
        message: "the template has no function '\(policy.name)'")
    case .failure(let failure):
      let failed = failedAttempts + 1
      if failure.isFinal || failed > policy.maximumRetryAttempts {
        return .dead(.retriesExhausted, attempts: failed, type: failure.type, message: failure.message)
      }
      let usual = min(maximumDelay, baseDelay * (1 << min(failed - 1, 16))) * (0.5 + randomness / 2)
      let delay = max(usual, min(maximumDelay, failure.retryAfter ?? .zero))
      if age + delay > policy.maximumEventAge {
        return .dead(.eventAgeExceeded, attempts: failed, type: failure.type, message: failure.message)
      }
      return .retry(failedAttempts: failed, after: delay)
    }
  }
}
