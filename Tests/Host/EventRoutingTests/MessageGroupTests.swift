import Core
import EventBus
import EventRouting
import FoundationEssentials
import Testing

@Suite("Message groups of a bus's events")
struct MessageGroupTests {
  private func groups(of detail: JSONValue, _ groups: [String: [String]]) throws -> [String] {
    let targets = ["F", "G"].map { BusRule.Target(function: $0, arn: "arn:\($0)", input: .matchedEvent) }
    let rule = try BusRule(
      key: BusRule.Key(bus: "default", name: "r"), patternText: #"{"source": ["s"]}"#, state: .enabled,
      isOfTemplate: true, targets: targets)
    let event = BusEvent(
      id: "1", source: "s", detailType: "d", account: "0", time: Date(timeIntervalSince1970: 0), region: "r",
      detail: detail)
    return EventRouter(rules: [rule], buses: ["default"], groups: groups)
      .route(event, bus: "default", now: Date(timeIntervalSince1970: 0)).invocations.map(\.messageGroupID)
  }

  @Test("are what the function's template names")
  func ofTheTemplate() throws {
    let detail = JSONValue.object(["order": .object(["customer": .string("c")])])
    #expect(try groups(of: detail, ["F": ["detail", "order", "customer"]]) == ["c", ""])
  }

  @Test("are the object that the store tells of if the event lacks that")
  func ofTheStore() throws {
    let detail = JSONValue.object(["object": .object(["key": .string("k")]), "customer": .integer(1)])
    #expect(try groups(of: detail, ["F": ["detail", "customer"]]) == ["k", "k"])
  }
}
