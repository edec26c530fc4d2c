import Core
import Synchronization
import Testing

@Suite struct RetryPolicyTests {
  private struct Failure: ClassifiedError, Equatable {
    var code = "Failure"
    var message = "it failed"
    var isRetryable = true
  }

  private struct Unclassified: Error {}

  /// A clock that does not wait but notes what it was asked to.
  private final class NotingClock: Clock {
    struct Instant: InstantProtocol {
      var offset: Duration
      func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
      func duration(to other: Instant) -> Duration { other.offset - offset }
      static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
    }

    private let waits = Mutex<[Duration]>([])
    var now: Instant { Instant(offset: .zero) }
    var minimumResolution: Duration { .zero }
    var noted: [Duration] { waits.withLock { $0 } }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
      waits.withLock { $0.append(deadline.offset) }
    }
  }

  @Test("waits double up to the maximum, and chance takes a part of them")
  func delays() {
    let policy = RetryPolicy(maximumAttempts: 9, baseDelay: .milliseconds(50), maximumDelay: .seconds(5))
    let ceilings = (1...9).map { policy.delay(afterAttempt: $0, randomness: 1) }
    #expect(ceilings == [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000].map { .milliseconds($0) })
    for attempt in [-1, 0, 1, 20, 21, 1000, .max] {
      #expect(policy.delay(afterAttempt: attempt, randomness: 0) == .zero)
      let half = policy.delay(afterAttempt: attempt, randomness: 0.5)
      #expect(.zero < half && half <= .milliseconds(2500))
    }
  }

  @Test("there is always a first attempt")
  func atLeastOne() {
    #expect(RetryPolicy(maximumAttempts: 0).maximumAttempts == 1)
    #expect(RetryPolicy(maximumAttempts: -5).maximumAttempts == 1)
    #expect(RetryPolicy.none.maximumAttempts == 1)
  }

  @Test("a success after failures is the result")
  func succeedsLater() async throws {
    let clock = NotingClock()
    let policy = RetryPolicy(maximumAttempts: 5, baseDelay: .seconds(1), maximumDelay: .seconds(3))
    let result = try await policy.run(clock: clock) { attempt in
      if attempt < 4 { throw Failure() }
      return attempt
    }
    #expect(result == 4)
    let waits = clock.noted
    #expect(waits.count == 3)
    for (wait, ceiling) in zip(waits, [Duration.seconds(1), .seconds(2), .seconds(3)]) {
      #expect(.zero <= wait && wait <= ceiling)
    }
  }

  @Test("after the last attempt its error is thrown")
  func givesUp() async {
    let clock = NotingClock()
    let attempts = Mutex(0)
    await #expect(throws: Failure(message: "attempt 3")) {
      try await RetryPolicy(maximumAttempts: 3).run(clock: clock) { attempt in
        attempts.withLock { $0 += 1 }
        throw Failure(message: "attempt \(attempt)")
      }
    }
    #expect(attempts.withLock { $0 } == 3)
    #expect(clock.noted.count == 2)
  }

  @Test("what more tries cannot mend is thrown at once")
  func notRetryable() async {
    let clock = NotingClock()
    await #expect(throws: Failure(isRetryable: false)) {
      try await RetryPolicy().run(clock: clock) { _ in throw Failure(isRetryable: false) }
    }
    await #expect(throws: Unclassified.self) {
      try await RetryPolicy().run(clock: clock) { _ in throw Unclassified() }
    }
    #expect(clock.noted.isEmpty)
  }

  @Test("cancellation ends the wait")
  func cancellation() async {
    let (attempts, noted) = AsyncStream.makeStream(of: Int.self)
    let task = Task {
      try await RetryPolicy(maximumAttempts: 2, baseDelay: .seconds(86_400), maximumDelay: .seconds(86_400)).run {
        attempt in
        noted.yield(attempt)
        throw Failure()
      }
    }
    var iterator = attempts.makeAsyncIterator()
    #expect(await iterator.next() == 1)
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test("a cancelled task does not even begin")
  func cancelledBefore() async {
    let begun = Mutex(false)
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await RetryPolicy().run { _ in begun.withLock { $0 = true } }
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(!begun.withLock { $0 })
  }
}
