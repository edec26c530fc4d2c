import EventBus
import FoundationEssentials
import Core
import Testing

@Suite("Event envelope")
struct BusEventTests {
  static let envelope = """
    {"version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type": "newVideoCreated",
     "source": "custom.gifGenerator", "account": "111122223333", "time": "2026-11-21T14:20:00Z", "region": "us-west-1",
     "resources": ["arn:aws:s3:::videos"], "detail": {"key": "talks/day 1.mp4", "start": 270, "length": 3294.024}}
    """

  @Test("it reads what it writes, and writes what AWS writes")
  func roundTrip() throws {
    let event = try BusEvent(json: json(Self.envelope))
    #expect(event.detailType == "newVideoCreated")
    #expect(event.time == Date(timeIntervalSince1970: 1_795_270_800))
    #expect(event.detail["start"] == .integer(270))
    #expect(try event.json() == json(Self.envelope))
  }

  @Test("the time of an entry counts, or else that of its acceptance")
  func time() {
    let accepted = Date(timeIntervalSince1970: 1000)
    var entry = PutEventsEntry(source: "s", detailType: "t", detail: .object([:]))
    #expect(BusEvent(id: "i", entry: entry, account: "a", region: "r", acceptedAt: accepted).time == accepted)
    entry.time = Date(timeIntervalSince1970: 5)
    #expect(BusEvent(id: "i", entry: entry, account: "a", region: "r", acceptedAt: accepted).time == entry.time)
  }

  @Test(
    "what is not an envelope is refused by the name of the field",
    arguments: ["id", "source", "detail-type", "account", "region", "time"])
  func missing(field: String) throws {
    var members = try #require(try json(Self.envelope).objectValue)
    members[field] = nil
    #expect { try BusEvent(json: .object(members)) } throws: { "\($0)".contains("'\(field)'") }
    members[field] = .integer(5)
    #expect { try BusEvent(json: .object(members)) } throws: { "\($0)".contains("'\(field)'") }
  }

  @Test("resources and detail may be missing but not be something else")
  func optional() throws {
    var members = try #require(try json(Self.envelope).objectValue)
    members["resources"] = nil
    members["detail"] = nil
    #expect(try BusEvent(json: .object(members)).detail == .object([:]))
    members["detail"] = .string("x")
    #expect(throws: BusEvent.InvalidEnvelope.self) { try BusEvent(json: .object(members)) }
    members["detail"] = nil
    members["resources"] = .array([.integer(5)])
    #expect(throws: BusEvent.InvalidEnvelope.self) { try BusEvent(json: .object(members)) }
  }
}
