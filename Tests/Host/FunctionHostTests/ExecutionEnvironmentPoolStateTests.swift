import FunctionHost
import Testing

@Suite struct ExecutionEnvironmentPoolStateTests {
  private let start = ContinuousClock.now

  @Test("each waiting call starts a process, up to the maximum")
  func starts() {
    var pool = ExecutionEnvironmentPoolState(maximum: 2, maximumWaiting: 10)
    #expect(pool.submit(1) == [.start(1)])
    #expect(pool.submit(2) == [.start(2)])
    #expect(pool.submit(3) == [])
    #expect(pool.counts.waiting == 3)
    #expect(pool.ready(2, now: start) == [.assign(1, to: 2)])
    #expect(pool.ready(2, now: start) == [.assign(2, to: 2)])
    #expect(pool.ready(1, now: start) == [.assign(3, to: 1)])
    #expect(pool.ready(2, now: start) == [])
    #expect(pool.counts.idle == 1)
  }

  @Test("the environment used last is used first, and the others grow old")
  func warmest() {
    var pool = ExecutionEnvironmentPoolState(maximum: 2, maximumWaiting: 10)
    _ = pool.submit(1) + pool.submit(2)
    _ = pool.ready(1, now: start) + pool.ready(2, now: start)
    _ = pool.ready(1, now: start)
    _ = pool.ready(2, now: start + .seconds(5))
    #expect(pool.submit(3) == [.assign(3, to: 2)])
    _ = pool.ready(2, now: start + .seconds(6))
    #expect(pool.expire(now: start + .seconds(10), timeout: .seconds(10)) == [.retire(1)])
    // Until it has ended it counts, but takes no calls.
    #expect(pool.submit(4) == [.assign(4, to: 2)])
    #expect(pool.submit(5) == [])
    #expect(pool.ended(1) == [.start(3)])
  }

  @Test("a process that starts too slowly is started once more for the call that waits")
  func lateStart() {
    var pool = ExecutionEnvironmentPoolState(maximum: 1, maximumWaiting: 10)
    #expect(pool.endedLate(1) == [])
    _ = pool.submit(1) + pool.submit(2)
    #expect(pool.endedLate(1) == [.startAgain(2)])
    #expect(pool.ended(2) == [.failInitialization(1, of: 2), .start(3)])
    _ = pool.cancel(2)
    #expect(pool.endedLate(3) == [])
    #expect(pool.isEmpty)
  }

  @Test("a process that ends before it is ready fails one call, and the others get a new one")
  func failedStart() {
    var pool = ExecutionEnvironmentPoolState(maximum: 1, maximumWaiting: 10)
    _ = pool.submit(1) + pool.submit(2)
    #expect(pool.ended(1) == [.failInitialization(1, of: 1), .start(2)])
    #expect(pool.ended(2) == [.failInitialization(2, of: 2)])
    #expect(pool.isEmpty)
  }

  @Test("a busy process that ends makes room for a new one")
  func crash() {
    var pool = ExecutionEnvironmentPoolState(maximum: 1, maximumWaiting: 10)
    _ = pool.submit(1) + pool.ready(1, now: start) + pool.submit(2)
    #expect(pool.ended(1) == [.start(2)])
  }

  @Test("a call that missed its environment goes before the others")
  func resubmitted() {
    var pool = ExecutionEnvironmentPoolState(maximum: 1, maximumWaiting: 10)
    _ = pool.submit(1) + pool.ready(1, now: start)
    _ = pool.submit(2)
    #expect(pool.resubmit(1) == [])
    #expect(pool.ended(1) == [.start(2)])
    #expect(pool.ready(2, now: start) == [.assign(1, to: 2)])
  }

  @Test("calls beyond those that can wait are throttled")
  func throttles() {
    var pool = ExecutionEnvironmentPoolState(maximum: 1, maximumWaiting: 2)
    #expect(pool.submit(1) == [.start(1)])
    #expect(pool.submit(2) == [])
    #expect(pool.submit(3) == [])
    #expect(pool.submit(4) == [.refuse(4, .throttled)])
    #expect(pool.ready(1, now: start) == [.assign(1, to: 1)])
    #expect(pool.submit(5) == [.refuse(5, .throttled)])
  }

  @Test("stop carries out what waits and ends environments as they become free")
  func stops() {
    var pool = ExecutionEnvironmentPoolState(maximum: 2, maximumWaiting: 10)
    _ = pool.submit(1) + pool.submit(2) + pool.submit(3)
    _ = pool.ready(1, now: start)
    #expect(pool.stop() == [])
    #expect(pool.submit(4) == [.refuse(4, .stopped)])
    #expect(pool.ready(2, now: start) == [.assign(2, to: 2)])
    #expect(pool.ready(1, now: start) == [.assign(3, to: 1)])
    #expect(pool.ready(1, now: start) == [.retire(1)])
    #expect(!pool.isDrained)
    #expect(pool.ready(2, now: start) == [.retire(2)])
    #expect(pool.isDrained)
    #expect(pool.ended(1) + pool.ended(2) == [])
    #expect(pool.isEmpty)
  }

  @Test("shutdown refuses what waits and names every process")
  func shutsDown() {
    var pool = ExecutionEnvironmentPoolState(maximum: 2, maximumWaiting: 10)
    _ = pool.submit(1) + pool.submit(2) + pool.ready(1, now: start) + pool.submit(3)
    let (actions, environments) = pool.shutdown()
    #expect(actions == [.refuse(2, .stopped), .refuse(3, .stopped)])
    #expect(Set(environments) == [1, 2])
    #expect(pool.resubmit(1) == [.refuse(1, .stopped)])
  }

  @Test("only so many start at the same time; each that is ready makes room for the next")
  func startsFew() {
    var pool = ExecutionEnvironmentPoolState(maximum: 10, maximumWaiting: 100, maximumStarting: 2)
    let actions = (1...5).flatMap { pool.submit($0) }
    #expect(actions == [.start(1), .start(2)])
    #expect(pool.ready(1, now: .now) == [.assign(1, to: 1), .start(3)])
    #expect(pool.ready(3, now: .now) == [.assign(2, to: 3), .start(4)])
    #expect(pool.ready(2, now: .now) == [.assign(3, to: 2), .start(5)])
    // The last two calls have their processes on the way.
    #expect(pool.ready(4, now: .now) == [.assign(4, to: 4)])
    #expect(pool.ready(5, now: .now) == [.assign(5, to: 5)])
  }
}
