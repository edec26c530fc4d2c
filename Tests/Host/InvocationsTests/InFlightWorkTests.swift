import Invocations
import FoundationEssentials
import Testing

@Suite struct InFlightWorkTests {
  private func claimed(_ number: Int64, _ payload: String, function: String = "f") -> ClaimedInvocation {
    let new = NewInvocation(
      id: "\(number)", function: function, payload: Array(payload.utf8), enqueuedAt: Date(timeIntervalSince1970: 0))
    let rules = DeduplicationRules(["f": "detail", "g": "detail"])
    return ClaimedInvocation(number: number, invocation: rules.identify([new])[0], failedAttempts: 0)
  }

  private func identity(_ claimed: ClaimedInvocation) throws -> InFlightWork.DeduplicationKey {
    try #require(InFlightWork.DeduplicationKey(claimed.invocation))
  }

  @Test("the same work waits for the run that leads, whatever else the events say")
  func joins() throws {
    var work = InFlightWork()
    let leader = claimed(1, #"{"id":"a","detail":{"key":"v.mp4","start":0}}"#)
    let same = claimed(2, #"{"id":"b","detail":{"start":0,"key":"v.mp4"}}"#)
    #expect(work.begin(leader, try identity(leader)) == .leads)
    #expect(work.begin(same, try identity(same)) == .isJoined)
    let others = [
      claimed(3, #"{"id":"a","detail":{"key":"v.mp4","start":30}}"#),
      claimed(4, #"{"detail":{"key":"v.mp4","start":0}}"#, function: "g"),
    ]
    for other in others { #expect(work.begin(other, try identity(other)) == .leads) }
    #expect(work.end(try identity(leader)) == [same])
    // What comes after the end is work of its own.
    #expect(work.begin(same, try identity(same)) == .leads)
    #expect(work.end(try identity(same)).isEmpty)
  }

  @Test("an event without the member stands for itself", arguments: [#"{"id":"a"}"#, #"{"detail":null}"#, "[1]", "{"])
  func withoutIdentity(payload: String) {
    #expect(InFlightWork.DeduplicationKey(claimed(1, payload).invocation) == nil)
  }

  @Test("as many wait for one run as memory allows; more run by themselves")
  func isBounded() throws {
    var work = InFlightWork()
    let event = claimed(0, #"{"detail":1}"#)
    let starts = try (0..<1000).map { _ in work.begin(event, try identity(event)) }
    #expect(starts.first == .leads)
    #expect(starts.filter { $0 == .isJoined }.count == 256)
    #expect(starts.last == .runsByItself)
    #expect(work.end(try identity(event)).count == 256)
  }
}
