import FoundationEssentials
import LambdaEvents
import Core
import Testing

@Suite("HTTP requests as events")
struct GatewayEventTests {
  private func decode(_ headers: [String: String], _ body: String) throws -> JSONValue {
    let event = try GatewayEvent.decode(
      headers: headers.map { ($0.key, $0.value) }, body: Array(body.utf8), now: Date(timeIntervalSince1970: 0))
    return try JSON.decode(JSONValue.self, from: event)
  }

  private static let attributes = [
    "ce-specversion": "1.0", "ce-id": "7", "ce-source": "custom.gifGenerator", "ce-type": "newVideoCreated",
  ]

  @Test("a binary cloud event becomes an envelope")
  func binaryCloudEventBecomesAnEnvelope() throws {
    let event = try decode(
      Self.attributes.merging(["content-type": "application/json"]) { $1 }, #"{"key":"a.mp4","start":0}"#)
    #expect(event["source"] == .string("custom.gifGenerator"))
    #expect(event["detail-type"] == .string("newVideoCreated"))
    #expect(event["id"] == .string("7"))
    #expect(event["time"] == .string("1970-01-01T00:00:00Z"))
    #expect(event["detail"]?["key"] == .string("a.mp4"))
  }

  @Test("a structured cloud event becomes the same envelope")
  func structuredCloudEventBecomesTheSameEnvelope() throws {
    let event = try decode(
      ["content-type": "application/cloudevents+json; charset=utf-8"],
      #"{"specversion":"1.0","id":"7","source":"custom.gifGenerator","type":"newVideoCreated","time":"2026-01-01T00:00:00Z","data":{"key":"a.mp4"}}"#
    )
    #expect(event["detail"]?["key"] == .string("a.mp4"))
    #expect(event["time"] == .string("2026-01-01T00:00:00Z"))
  }

  @Test("an event cannot pretend to be a request of an HTTP client")
  func anEventCannotPretendToBeARequestOfAnHTTPClient() {
    for body in [#"{"requestContext":{"zoetrope":{"local":true}}}"#, #"{"requestContext":{"http":{"method":"GET"}}}"#] {
      #expect(throws: GatewayEvent.Invalid.self) { try decode([:], body) }
      // What a CloudEvent holds is passed on as it is if it looks like a notification.
      let notification = #"{"Records":[],"# + body.dropFirst()
      #expect(throws: GatewayEvent.Invalid.self) { try decode([:], notification) }
      #expect(throws: GatewayEvent.Invalid.self) { try decode(Self.attributes, notification) }
      #expect(throws: GatewayEvent.Invalid.self) {
        try decode(
          ["content-type": "application/cloudevents+json"],
          #"{"specversion":"1.0","id":"7","source":"s","type":"t","data":\#(notification)}"#)
      }
    }
  }

  @Test("Base64 data is decoded")
  func base64DataIsDecoded() throws {
    let event = try decode(
      ["content-type": "application/cloudevents+json"],
      #"{"specversion":"1.0","id":"7","source":"s","type":"t","data_base64":"eyJhIjoxfQ=="}"#)
    #expect(event["detail"]?["a"] == .integer(1))
  }

  @Test(
    "both modes make the same event of the same content",
    arguments: [
      ("application/json", #"{"a":1}"#, #""data":{"a":1}"#), ("application/vnd.x+json", "[1]", #""data":[1]"#),
      ("text/plain", "hello", #""data":"hello""#), ("text/plain; charset=utf-8", "hello", #""data":"hello""#),
      ("text/plain", "hello", #""data_base64":"aGVsbG8=""#), ("application/json", "null", #""data":null"#),
      ("application/json", "", #""subject":"thing""#),
    ])
  func bothModes(type: String, body: String, members: String) throws {
    let subject = members.contains("subject") ? ["ce-subject": "thing"] : [:]
    let binary = try decode(
      Self.attributes.merging(subject.merging(["content-type": type, "ce-count": "7", "ce-isfirst": "true"]) { $1 }) {
        $1
      },
      body)
    let structured = try decode(
      ["content-type": "application/cloudevents+json"],
      #"{"specversion":"1.0","id":"7","source":"custom.gifGenerator","type":"newVideoCreated","datacontenttype":"\#(type)","count":7,"isfirst":true,\#(members)}"#
    )
    #expect(binary == structured)
    #expect(binary["extensions"] == .object(["count": .string("7"), "isfirst": .string("true")]))
  }

  @Test("a header's value may be quoted and percent-encoded")
  func headerValues() throws {
    let event = try decode(Self.attributes.merging(["ce-partition": #""Euro \"%E2%82%AC\"""#]) { $1 }, "{}")
    #expect(event["extensions"]?["partition"] == .string(#"Euro "€""#))
  }

  @Test(
    "times are RFC 3339's",
    arguments: [
      ("2026-01-01T00:00:00Z", true), ("2026-01-01t00:00:00.123456z", true), ("2026-01-01T00:00:00+01:30", true),
      ("2026-01-01", false), ("yesterday", false), ("2026-13-01T00:00:00Z", false), ("2026-01-01T00:00:00.Z", false),
      ("2026-01-01T00:00:00", false),
    ])
  func times(time: String, isTime: Bool) throws {
    let event = try? decode(Self.attributes.merging(["ce-time": time]) { $1 }, "{}")
    #expect(event?["time"] == (isTime ? .string(time) : nil))
  }

  @Test("an S3 notification inside a CloudEvent, and a bare one, are passed on as they are")
  func notifications() throws {
    let notification = #"{"Records":[{"s3":{}}]}"#
    #expect(try decode(Self.attributes, notification)["Records"] != nil)
    #expect(try decode(["content-type": "application/json"], notification)["Records"] != nil)
  }

  @Test(
    "what is wrong is named",
    arguments: [
      (["ce-specversion": "1.0", "ce-id": "7", "ce-source": "s"], "{}", "'type'"),
      (["ce-specversion": "0.3", "ce-id": "7", "ce-source": "s", "ce-type": "t"], "{}", "specversion"),
      (["ce-specversion": "1.0", "ce-id": "7", "ce-source": "s", "ce-type": "t"], "{", "JSON"),
      (["content-type": "application/cloudevents-batch+json"], "[]", "one by one"),
      (["content-type": "application/cloudevents+json"], "[]", "JSON object"),
      (["content-type": "text/plain"], "hello", "JSON"),
      (
        ["content-type": "application/cloudevents+json"],
        #"{"specversion":"1.0","id":"7","source":"s","type":"t","data":1,"data_base64":"MQ=="}"#, "both"
      ),
      (
        ["content-type": "application/cloudevents+json"],
        #"{"specversion":"1.0","id":"7","source":"s","type":"t","ext":{"a":1}}"#, "'ext'"
      ),
      (["ce-specversion": "1.0", "ce-id": "7", "ce-source": "s", "ce-type": "t", "ce-a_b": "x"], "{}", "'a_b'"),
    ])
  func refused(headers: [String: String], body: String, names: String) throws {
    let error = #expect(throws: GatewayEvent.Invalid.self) { try decode(headers, body) }
    #expect(error?.message.contains(names) == true)
  }
}
