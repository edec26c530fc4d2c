import Invocations
import Core
import FoundationEssentials
import Testing

@Suite("Functions whose runs are short")
struct QuickFunctionTests {
  private func claimed(_ number: Int64, _ function: String) -> ClaimedInvocation {
    ClaimedInvocation(
      number: number,
      invocation: NewInvocation(
        id: "\(number)", function: function, payload: [], enqueuedAt: Date(timeIntervalSince1970: 0)),
      failedAttempts: 0)
  }

  /// The state as an object, which expectations may change.
  private final class Subject {
    private var state: SchedulerState

    init(_ state: SchedulerState) { self.state = state }

    func next(full: Set<String> = []) -> ClaimedInvocation? { state.next(full: full) }
    func ended(_ claimed: ClaimedInvocation, after duration: Duration) { state.ended(claimed, after: duration) }
    func claimed(_ batches: [String: ClaimedBatch]) { state.claimed(batches) }
  }

  private func state() -> Subject {
    var state = SchedulerState(policies: [FunctionPolicy(name: "long"), FunctionPolicy(name: "short")], concurrency: 1)
    state.queued(["long", "short"])
    _ = state.wanted(now: Date(timeIntervalSince1970: 0))
    state.claimed([
      "long": ClaimedBatch(invocations: [claimed(1, "long"), claimed(2, "long")], hasMore: false, nextAt: nil),
      "short": ClaimedBatch(invocations: (11...15).map { claimed($0, "short") }, hasMore: false, nextAt: nil),
    ])
    return Subject(state)
  }

  @Test("one quick function may run beside what fills all slots")
  func oneOfThemMayRunBesideWhatFillsAllSlots() throws {
    let state = state()
    // Nothing is known yet: one at a time.
    let begun = state.next()
    var first = try #require(begun)
    #expect(state.next() == nil)
    while first.invocation.function != "short" {
      state.ended(first, after: .seconds(5))
      let following = state.next()
      first = try #require(following)
    }
    state.ended(first, after: .milliseconds(20))
    var running: [ClaimedInvocation] = []
    while let next = state.next() { running.append(next) }
    #expect(running.count == 2)
    #expect(running.last?.invocation.function == "short")
  }

  @Test("after a long run a function is quick no more")
  func afterALongRunItIsShortNoMore() throws {
    let state = state()
    while let next = state.next() { state.ended(next, after: .seconds(3)) }
    state.claimed([
      "short": ClaimedBatch(invocations: [claimed(20, "short"), claimed(21, "short")], hasMore: false, nextAt: nil)
    ])
    #expect(state.next() != nil)
    #expect(state.next() == nil)
  }

  @Test("a function without room is left out")
  func aFunctionWithoutRoomIsLeftOut() {
    let state = state()
    #expect(state.next(full: ["long"])?.invocation.function == "short")
    #expect(state.next(full: ["long", "short"]) == nil)
  }
}
