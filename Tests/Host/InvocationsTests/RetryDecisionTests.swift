import Invocations
import FunctionHost
import Testing

@Suite struct RetryDecisionTests {
  private let failure = InvocationOutcome.failure(FunctionFailure(kind: .crashed, type: "T", message: "m"))

  private func decide(
    _ outcome: InvocationOutcome, failed: Int = 0, age: Duration = .zero, retries: Int = 2,
    maximumAge: Duration = .seconds(3600), randomness: Double = 1
  ) -> RetryDecision {
    RetryDecision.after(
      outcome, failedAttempts: failed, age: age,
      policy: FunctionPolicy(name: "f", maximumRetryAttempts: retries, maximumEventAge: maximumAge),
      baseDelay: .seconds(1), randomness: randomness)
  }

  @Test("waits double, and are spread over their second half")
  func delays() {
    #expect(decide(failure) == .retry(failedAttempts: 1, after: .seconds(1)))
    #expect(decide(failure, failed: 1) == .retry(failedAttempts: 2, after: .seconds(2)))
    #expect(decide(failure, failed: 1, randomness: 0) == .retry(failedAttempts: 2, after: .seconds(1)))
  }

  @Test("tries end, and so does an event's age")
  func ends() {
    let dead = RetryDecision.dead(.retriesExhausted, attempts: 3, type: "T", message: "m")
    #expect(decide(failure, failed: 2) == dead)
    #expect(
      decide(failure, retries: 0) == .dead(.retriesExhausted, attempts: 1, type: "T", message: "m"))
    #expect(
      decide(failure, age: .seconds(60), maximumAge: .seconds(60))
        == .dead(.eventAgeExceeded, attempts: 1, type: "T", message: "m"))
  }

  @Test("a failure that no try can help is the last one")
  func final() {
    let failure = InvocationOutcome.failure(FunctionFailure(kind: .reported, type: "T", message: "m", isFinal: true))
    #expect(decide(failure, retries: 185) == .dead(.retriesExhausted, attempts: 1, type: "T", message: "m"))
  }

  @Test("a receiver that asks for time gets it, up to the longest wait")
  func asked() {
    func delay(_ seconds: Int) -> RetryDecision {
      decide(
        .failure(FunctionFailure(kind: .reported, type: "T", message: "m", retryAfter: .seconds(seconds))),
        maximumAge: .seconds(86_400))
    }
    #expect(delay(120) == .retry(failedAttempts: 1, after: .seconds(120)))
    #expect(delay(0) == .retry(failedAttempts: 1, after: .seconds(1)))
    #expect(delay(1_000_000) == .retry(failedAttempts: 1, after: RetryDecision.maximumDelay))
  }

  @Test("what was not run does not count")
  func refused() {
    #expect(decide(.success([])) == .done)
    #expect(decide(.refused(.throttled), failed: 2) == .giveBack)
    #expect(decide(.refused(.stopped), failed: 2) == .giveBack)
  }
}
