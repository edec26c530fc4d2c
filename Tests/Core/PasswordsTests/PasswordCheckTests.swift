import Core
import Synchronization
import Testing

import Passwords

@Suite("Checks of a password")
struct PasswordCheckTests {
  /// A hash whose checks are counted, and that may be held.
  private final class Slow: Sendable {
    let state = Mutex((checks: 0, running: 0, most: 0))
    let gate = Monitor(true)

    @Sendable func matches(_ password: String) -> Bool {
      state.withLock { state in
        state.checks += 1
        state.running += 1
        state.most = max(state.most, state.running)
      }
      while gate.wait(atMost: .seconds(1), until: { $0 ? true : nil }) == nil {}
      state.withLock { $0.running -= 1 }
      return password == "right"
    }
  }

  @Test("remember the pair that was right, and only that one")
  func remembers() async throws {
    let slow = Slow()
    let check = PasswordCheck(username: "me", matches: slow.matches)
    for _ in 0..<3 {
      #expect(try await check.check(username: "me", password: "right", from: "a") == .right)
    }
    #expect(slow.state.withLock { $0.checks } == 1)
    #expect(try await check.check(username: "you", password: "right", from: "a") == .wrong)
    #expect(try await check.check(username: "me", password: "wrong", from: "a") == .wrong)
    #expect(slow.state.withLock { $0.checks } == 3)
  }

  @Test("run one at a time, and waiting callers learn from the first")
  func oneAtATime() async throws {
    let slow = Slow()
    let check = PasswordCheck(username: "me", matches: slow.matches)
    try await withThrowingTaskGroup(of: PasswordCheck.Answer.self) { group in
      for _ in 0..<6 { group.addTask { try await check.check(username: "me", password: "right", from: "a") } }
      for try await answer in group { #expect(answer == .right) }
    }
    #expect(slow.state.withLock { ($0.checks, $0.most) } == (1, 1))
  }

  @Test("are refused after some failures from an address, until a minute has passed")
  func limits() async throws {
    let slow = Slow()
    let time = Mutex(ContinuousClock.now)
    let check = PasswordCheck(username: "me", matches: slow.matches, now: { time.withLock(\.self) })
    #expect(try await check.check(username: "me", password: "right", from: "mine") == .right)
    for _ in 0..<5 { #expect(try await check.check(username: "me", password: "wrong", from: "evil") == .wrong) }
    #expect(try await check.check(username: "me", password: "wrong", from: "evil") == .refused)
    #expect(slow.state.withLock { $0.checks } == 6)
    // What was right before is right from everywhere.
    #expect(try await check.check(username: "me", password: "right", from: "evil") == .right)
    #expect(try await check.check(username: "me", password: "wrong", from: "other") == .wrong)
    time.withLock { $0 = $0.advanced(by: .seconds(61)) }
    #expect(try await check.check(username: "me", password: "wrong", from: "evil") == .wrong)
  }

  @Test("do not wait for those of strangers once the pair is known")
  func known() async throws {
    let slow = Slow()
    let check = PasswordCheck(username: "me", matches: slow.matches)
    #expect(try await check.check(username: "me", password: "right", from: "a") == .right)
    slow.gate.update { $0 = false }
    let stranger = Task { try await check.check(username: "me", password: "wrong", from: "b") }
    while slow.state.withLock({ $0.running }) == 0 { await Task.yield() }
    #expect(try await check.check(username: "me", password: "right", from: "a") == .right)
    slow.gate.update { $0 = true }
    #expect(try await stranger.value == .wrong)
  }
}
