import Synchronization
import Testing

import HTTPGateway

/// How many are inside, and were at most.
private final class Counts: Sendable {
  private let state = Mutex((inside: 0, most: 0))

  var most: Int { state.withLock { $0.most } }

  func enter() {
    state.withLock { state in
      state.inside += 1
      state.most = max(state.most, state.inside)
    }
  }

  func leave() { state.withLock { $0.inside -= 1 } }
}

@Suite("A few at a time")
struct TurnstileTests {
  @Test("no more are inside than there are places, and all come through")
  func places() async {
    let turnstile = Turnstile(places: 2, maximumWaiting: 100)
    let counts = Counts()
    let entered = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<20 {
        group.addTask {
          guard await turnstile.enter(within: .seconds(600)) else { return false }
          counts.enter()
          await Task.yield()
          counts.leave()
          turnstile.leave()
          return true
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(entered == 20)
    #expect(counts.most <= 2)
  }

  @Test("too many are turned away at once, and one that waits too long or gives up leaves its place in the row")
  func turnedAway() async {
    let turnstile = Turnstile(places: 1, maximumWaiting: 1)
    #expect(await turnstile.enter(within: .seconds(600)))
    #expect(await turnstile.enter(within: .milliseconds(5)) == false)
    #expect(await turnstile.enter(within: .seconds(600), watch: { giveUp in giveUp() }) == false)
    // The row is empty again: this one waits until the place is free.
    async let waiting = turnstile.enter(within: .seconds(600)) { _ in turnstile.leave() }
    #expect(await waiting)
    turnstile.leave()
    #expect(await turnstile.enter(within: .milliseconds(5)))
    #expect(await Turnstile(places: 1, maximumWaiting: 0).enter(within: .milliseconds(5)))
  }
}
