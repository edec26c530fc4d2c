import Invocations
import FoundationEssentials
import Testing

@Suite("Work that is cheaper in its order")
struct SequentialWorkTests {
  private let now = Date(timeIntervalSince1970: 1_800_000_000)

  private func claimed(_ numbers: some Sequence<Int64>, of group: String, failed: Int = 0) -> [ClaimedInvocation] {
    numbers.map {
      ClaimedInvocation(
        number: $0,
        invocation: NewInvocation(id: "\($0)", function: "f", payload: [], messageGroupID: group, enqueuedAt: now),
        failedAttempts: failed)
    }
  }

  private func state(_ ready: [ClaimedInvocation], isSequential: Bool = true) -> SchedulerState {
    var state = SchedulerState(policies: [FunctionPolicy(name: "f", isSequential: isSequential)], concurrency: 2)
    _ = state.wanted(now: now)
    state.claimed(["f": ClaimedBatch(invocations: ready, hasMore: false, nextAt: nil)])
    return state
  }

  /// Two slots, one after the other: what each is given.
  private func shares(_ state: inout SchedulerState) -> [[Int64]] {
    var shares: [[Int64]] = [[], []]
    var running: [ClaimedInvocation?] = [state.next(), state.next()]
    while running.contains(where: { $0 != nil }) {
      for slot in 0..<2 {
        guard let one = running[slot] else { continue }
        shares[slot].append(one.number)
        state.ended(one)
        running[slot] = state.next()
      }
    }
    return shares
  }

  @Test("each slot is given a run, if the template says so")
  func runs() {
    var sequential = state(claimed(1...8, of: "a"))
    #expect(shares(&sequential) == [[1, 2, 3, 4], [5, 6, 7, 8]])
    var usual = state(claimed(1...8, of: "a"), isSequential: false)
    #expect(shares(&usual) == [[1, 3, 5, 7], [2, 4, 6, 8]])
  }

  @Test("groups take turns all the same, and one that has just come is not late")
  func turns() {
    var state = state(claimed(1...6, of: "long") + claimed(7...8, of: "short"))
    let first = state.next()
    #expect(first?.number == 1)
    #expect(state.next()?.number == 7)
    state.ended(first!)
    #expect(state.next()?.number == 2)
    state.queued(["f"])
    #expect(state.wanted(now: now) != nil)
    state.claimed(["f": ClaimedBatch(invocations: claimed(9...9, of: "new"), hasMore: false, nextAt: nil)])
    state.ended(claimed([2], of: "long")[0])
    state.ended(claimed([7], of: "short")[0])
    let next = [state.next(), state.next()].map { $0?.invocation.messageGroupID }
    state.ended(claimed([8], of: "short")[0])
    let groups = next + [state.next()?.invocation.messageGroupID]
    #expect(groups.contains("new"))
  }

  @Test("retries that are due go first")
  func retries() {
    var state = state(claimed(9...9, of: "a", failed: 1) + claimed(10...15, of: "a"))
    let first = state.next()
    #expect(first?.number == 9)
    #expect(state.next() != nil)
    state.claimed([
      "f": ClaimedBatch(invocations: claimed(3...3, of: "a", failed: 2), hasMore: false, nextAt: nil)
    ])
    state.ended(first!)
    #expect(state.next()?.number == 3)
  }

  @Test("what came is asked for although much is ready, and not without bound")
  func news() {
    var state = state(claimed(1...32, of: "a"))
    #expect(state.wanted(now: now) == nil)
    var ready = 32
    for round in 1...100 {
      state.queued(["f"])
      guard let wanted = state.wanted(now: now)?["f"] else { break }
      let numbers = Int64(round * 1000)..<Int64(round * 1000 + wanted)
      state.claimed(["f": ClaimedBatch(invocations: claimed(numbers, of: "b"), hasMore: true, nextAt: nil)])
      ready += wanted
    }
    #expect((40...72).contains(ready), "\(ready)")
  }
}
