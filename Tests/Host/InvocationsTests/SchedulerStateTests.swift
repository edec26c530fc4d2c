import Invocations
import FoundationEssentials
import Testing

@Suite struct SchedulerStateTests {
  private let now = Date(timeIntervalSince1970: 1_800_000_000)

  private func claimed(_ number: Int64, _ function: String) -> ClaimedInvocation {
    ClaimedInvocation(
      number: number,
      invocation: NewInvocation(id: "\(number)", function: function, payload: [], enqueuedAt: now), failedAttempts: 0)
  }

  private func batch(_ function: String, _ numbers: ClosedRange<Int64>, hasMore: Bool = false, nextAt: Date? = nil)
    -> ClaimedBatch
  {
    ClaimedBatch(invocations: numbers.map { claimed($0, function) }, hasMore: hasMore, nextAt: nextAt)
  }

  @Test("weights share out slots in proportion, and a lone lane gets all")
  func weights() {
    var pick = WeightedPick<String>()
    let lanes = [(name: "fast", weight: 75), (name: "slow", weight: 25)]
    let picks = (0..<400).compactMap { _ in pick.next(among: lanes) }
    #expect(picks.filter { $0 == "fast" }.count == 300)
    // Evenly: never two slow ones in a row.
    #expect(!zip(picks, picks.dropFirst()).contains { $0 == "slow" && $1 == "slow" })
    #expect((0..<10).allSatisfy { _ in pick.next(among: [lanes[1]]) == "slow" })
    #expect(pick.next(among: []) == nil)
  }

  @Test("no more run than allowed, overall and of one function")
  func limits() {
    var state = SchedulerState(
      policies: [FunctionPolicy(name: "f", concurrency: 1), FunctionPolicy(name: "g")], concurrency: 3)
    #expect(state.wanted(now: now)?.keys.sorted() == ["f", "g"])
    state.claimed(["f": batch("f", 1...5), "g": batch("g", 6...9)])
    var running: [String] = []
    while let next = state.next() { running.append(next.invocation.function) }
    #expect(running.sorted() == ["f", "g", "g"])
    state.ended(claimed(6, "g"))
    // The other function's only slot is taken.
    #expect(state.next()?.invocation.function == "g")
    #expect(state.next() == nil)
    state.ended(claimed(1, "f"))
    #expect(state.next() != nil)
    #expect(state.next() == nil)
  }

  @Test(
    "what only waits for others takes no slot from what computes, and the other way round", arguments: [true, false])
  func withoutSlots(claimsAhead: Bool) {
    var state = SchedulerState(
      policies: [FunctionPolicy(name: "f"), FunctionPolicy(name: "post", concurrency: 3, takesSlot: false)],
      concurrency: 1, claimsAhead: claimsAhead)
    let wanted = state.wanted(now: now)
    #expect(claimsAhead || wanted == ["f": 1, "post": 3])
    state.claimed(["f": batch("f", 1...2), "post": batch("post", 3...7)])
    var running: [String] = []
    while let next = state.next() { running.append(next.invocation.function) }
    #expect(running.sorted() == ["f", "post", "post", "post"])
    #expect(state.running == 4)
    state.ended(claimed(3, "post"), after: .seconds(15))
    #expect(state.next()?.invocation.function == "post")
    #expect(state.next() == nil)
    state.ended(claimed(1, "f"), after: .seconds(15))
    #expect(state.next()?.invocation.function == "f")
    #expect(state.next() == nil)
  }

  @Test("a node without slots posts nothing either")
  func noSlots() {
    var state = SchedulerState(policies: [FunctionPolicy(name: "post", takesSlot: false)], concurrency: 0)
    #expect(state.wanted(now: now) == nil)
    #expect(state.next() == nil)
  }

  @Test("where others could run it, nothing is claimed before there is a slot for it")
  func claimsNoMoreThanRuns() {
    var state = SchedulerState(policies: [FunctionPolicy(name: "f")], concurrency: 2, claimsAhead: false)
    #expect(state.wanted(now: now) == ["f": 2])
    state.claimed(["f": batch("f", 1...2, hasMore: true)])
    #expect(state.next() != nil)
    #expect(state.next() != nil)
    #expect(state.wanted(now: now) == nil)
    // Nor is it looked at again and again meanwhile.
    state.due("f", at: now)
    #expect(state.wanted(now: now) == nil)
    #expect(state.nextWake() == nil)
    state.ended(claimed(1, "f"))
    #expect(state.wanted(now: now) == ["f": 1])
  }

  @Test("the queue is asked only when it may have something, and once at a time")
  func claims() {
    var state = SchedulerState(policies: [FunctionPolicy(name: "f")], concurrency: 2)
    #expect(state.wanted(now: now) != nil)
    state.queued(["f"])
    #expect(state.wanted(now: now) == nil)
    state.claimed(["f": batch("f", 1...1)])
    // It was told about more while the claim was under way.
    #expect(state.wanted(now: now) != nil)
    state.claimed(["f": batch("f", 2...2, nextAt: now.addingTimeInterval(5))])
    #expect(state.wanted(now: now) == nil)
    #expect(state.nextWake() == now.addingTimeInterval(5))
    #expect(state.wanted(now: now.addingTimeInterval(5)) != nil)
    #expect(state.nextWake() == nil)
  }

  @Test("a function with no concurrency is never run, and its work stays queued")
  func disabled() {
    var state = SchedulerState(policies: [FunctionPolicy(name: "f", concurrency: 0)], concurrency: 2)
    #expect(state.wanted(now: now) == nil)
    #expect(state.next() == nil)
  }

  @Test("a node without slots claims nothing: others run what is queued")
  func onlyServes() {
    var state = SchedulerState(policies: [FunctionPolicy(name: "f")], concurrency: 0)
    state.queued(["f"])
    #expect(state.wanted(now: now) == nil)
    #expect(state.next() == nil)
  }

  @Test("stop gives back what was claimed and starts nothing")
  func stops() {
    var state = SchedulerState(policies: [FunctionPolicy(name: "f")], concurrency: 1)
    _ = state.wanted(now: now)
    state.claimed(["f": batch("f", 1...3)])
    #expect(state.next()?.number == 1)
    #expect(state.stop() == [2, 3])
    state.ended(claimed(1, "f"))
    #expect(state.next() == nil)
    #expect(state.wanted(now: now) == nil)
  }
}
