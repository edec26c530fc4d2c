import Invocations
import Testing

@Suite("Admission of synchronous invocations")
struct AdmissionStateTests {
  /// The state as an object, which expectations may change.
  private final class Subject {
    private var state: AdmissionState

    init(_ state: AdmissionState) { self.state = state }

    var full: Set<String> { state.full }
    var running: Int { state.running }
    var waiting: Int { state.waiting }
    func submit(_ callID: AdmissionState.CallID, _ function: String) -> AdmissionState.Verdict {
      state.submit(callID, function)
    }
    func ended(_ function: String) -> AdmissionState.CallID? { state.ended(function) }
    func cancel(_ callID: AdmissionState.CallID, _ function: String) -> Bool { state.cancel(callID, function) }
    func stop() -> [AdmissionState.CallID] { state.stop() }
    func queuedBegan(_ function: String) { state.queuedBegan(function) }
    func queuedEnded(_ function: String) { state.queuedEnded(function) }
  }

  private func state(slots: Int, waiting: Int = 2, _ policies: [FunctionPolicy]) -> Subject {
    Subject(AdmissionState(policies: policies, slots: slots, maximumWaiting: waiting))
  }

  @Test("what finds no slot waits and then is refused")
  func whatFindsNoSlotWaitsAndThenIsRefused() {
    let state = state(slots: 1, [FunctionPolicy(name: "a")])
    #expect(state.submit(1, "a") == .admitted)
    #expect(state.submit(2, "a") == .waits)
    #expect(state.submit(3, "a") == .waits)
    #expect(state.submit(4, "a") == .overloaded)
    #expect(state.ended("a") == 2)
    #expect(state.ended("a") == 3)
    #expect(state.ended("a") == nil)
    #expect((state.running, state.waiting) == (0, 0))
  }

  @Test("a reserve counts queued work too")
  func aReserveCountsQueuedWorkToo() {
    let state = state(slots: 8, [FunctionPolicy(name: "a", concurrency: 2), FunctionPolicy(name: "b")])
    #expect(state.submit(1, "a") == .admitted)
    state.queuedBegan("a")
    #expect(state.full == ["a"])
    #expect(state.submit(2, "a") == .throttled)
    #expect(state.submit(3, "b") == .admitted)
    state.queuedEnded("a")
    #expect(state.full.isEmpty)
    #expect(state.submit(4, "a") == .admitted)
    #expect(state.ended("a") == nil)
    #expect(state.submit(5, "a") == .admitted)
  }

  @Test("a reserve of none runs nothing")
  func aReserveOfNoneRunsNothing() {
    let state = state(slots: 8, [FunctionPolicy(name: "a", concurrency: 0)])
    #expect(state.submit(1, "a") == .throttled)
  }

  @Test("slots go by weight")
  func slotsGoByWeight() {
    let state = state(
      slots: 1, waiting: 100, [FunctionPolicy(name: "a", weight: 30), FunctionPolicy(name: "b", weight: 10)])
    #expect(state.submit(0, "a") == .admitted)
    for callID in 1...20 { #expect(state.submit(AdmissionState.CallID(callID), "a") == .waits) }
    for callID in 101...120 { #expect(state.submit(AdmissionState.CallID(callID), "b") == .waits) }
    var last = "a"
    var served = ["a": 0, "b": 0]
    for _ in 0..<16 {
      guard let callID = state.ended(last) else { break }
      last = callID > 100 ? "b" : "a"
      served[last, default: 0] += 1
    }
    #expect(served == ["a": 12, "b": 4])
  }

  @Test("what is given up leaves the queue")
  func whatIsGivenUpLeavesTheQueue() {
    let state = state(slots: 1, [FunctionPolicy(name: "a", concurrency: 2)])
    #expect(state.submit(1, "a") == .admitted)
    #expect(state.submit(2, "a") == .waits)
    #expect(state.submit(3, "a") == .throttled)
    #expect(state.cancel(2, "a") == true)
    #expect(state.cancel(2, "a") == false)
    #expect(state.cancel(1, "a") == false)
    #expect(state.submit(4, "a") == .waits)
    #expect(state.ended("a") == 4)
  }

  @Test("the end refuses what waits")
  func theEndRefusesWhatWaits() {
    let state = state(slots: 1, [FunctionPolicy(name: "a")])
    #expect(state.submit(1, "a") == .admitted)
    #expect(state.submit(2, "a") == .waits)
    #expect(state.stop() == [2])
    #expect(state.submit(3, "a") == .stopped)
    #expect(state.ended("a") == nil)
    #expect(state.running == 0)
  }
}
