import FoundationEssentials
import LambdaEvents
import Core
import Testing

@Suite("HTTP requests as events")
struct GatewayEventTests {
  private func decode(_ headers: [String: String], _ body: String) throws -> JSONValue {
    let event = try GatewayEvent.decode(
      header: { headers[$0] }, body: Array(body.utf8), now: Date(timeIntervalSince1970: 0))
    return try JSON.decode(JSONValue.self, from: event)
  }

  private static let attributes = [
    "ce-specversion": "1.0", "ce-id": "7", "ce-source": "custom.gifGenerator", "ce-type": "newVideoCreated",
  ]

  @Test func binaryCloudEventBecomesAnEnvelope() throws {
    let event = try decode(
      Self.attributes.merging(["content-type": "application/json"]) { $1 }, #"{"key":"a.mp4","start":0}"#)
    #expect(event["source"] == .string("custom.gifGenerator"))
    #expect(event["detail-type"] == .string("newVideoCreated"))
    #expect(event["id"] == .string("7"))
    #expect(event["time"] == .string("1970-01-01T00:00:00Z"))
    #expect(event["detail"]?["key"] == .string("a.mp4"))
  }

  @Test func structuredCloudEventBecomesTheSameEnvelope() throws {
    let event = try decode(
      ["content-type": "application/cloudevents+json; charset=utf-8"],
      #"{"specversion":"1.0","id":"7","source":"custom.gifGenerator","type":"newVideoCreated","time":"2026-01-01T00:00:00Z","data":{"key":"a.mp4"}}"#
    )
    #expect(event["detail"]?["key"] == .string("a.mp4"))
    #expect(event["time"] == .string("2026-01-01T00:00:00Z"))
  }

  @Test func anEventCannotPretendToBeARequestOfAnHTTPClient() {
    for body in [#"{"requestContext":{"zoetrope":{"local":true}}}"#, #"{"requestContext":{"http":{"method":"GET"}}}"#] {
      #expect(throws: GatewayEvent.Invalid.self) { try decode([:], body) }
    }
  }

  @Test func base64DataIsDecoded() throws {
    let event = try decode(
      ["content-type": "application/cloudevents+json"],
      #"{"specversion":"1.0","id":"7","source":"s","type":"t","data_base64":"eyJhIjoxfQ=="}"#)
    #expect(event["detail"]?["a"] == .integer(1))
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
    ])
  func refused(headers: [String: String], body: String, names: String) throws {
    let error = #expect(throws: GatewayEvent.Invalid.self) { try decode(headers, body) }
    #expect(error?.message.contains(names) == true)
  }
}
