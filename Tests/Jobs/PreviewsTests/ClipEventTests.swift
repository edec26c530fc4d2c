import EventBus
import Previews
import Core
import Testing

@Suite("newVideoCreated")
struct ClipEventTests {
  private func parse(_ text: String) throws -> ClipEvent {
    try ClipEvent(json: JSON.decode(JSONValue.self, from: Array(text.utf8)))
  }

  @Test("reads the reference's event")
  func readsTheReferencesEvent() throws {
    let event = try parse(
      #"{"source":"custom.gifGenerator","detail-type":"newVideoCreated","detail":{"Key":"talks/day 1.mp4","start":2250,"end":2279,"length":3294.024,"tsCreated":1623929798333}}"#
    )
    #expect(
      event == ClipEvent(key: "talks/day 1.mp4", start: 2250, end: 2279, length: 3294.024, tsCreated: 1_623_929_798_333)
    )
  }

  @Test("an event survives encoding and decoding")
  func survivesARoundTrip() throws {
    let event = ClipEvent(
      key: "a.mp4", start: 0, end: 29, length: 30, tsCreated: 1, etag: "abc", clips: 1,
      index: ClipIndex.Part(offset: 4096, size: 12_000))
    #expect(event.entry.source == "custom.gifGenerator")
    #expect(event.entry.detailType == "newVideoCreated")
    #expect(try ClipEvent(json: .object(["detail": event.entry.detail])) == event)
  }

  @Test(
    "what is wrong is named",
    arguments: [
      (#"{"detail":{"start":0,"end":29,"length":30}}"#, "detail.key"),
      (#"{"detail":{"key":"a","start":-1,"end":29,"length":30}}"#, "detail.start"),
      (#"{"detail":{"key":"a","start":0.5,"end":29,"length":30}}"#, "detail.start"),
      (#"{"detail":{"key":"a","start":30,"end":29,"length":30}}"#, "detail.end"),
      (#"{"detail":{"key":"a","start":0,"end":9999999,"length":30}}"#, "detail.end"),
      (#"{"detail":{"key":"a","start":0,"end":29,"length":"x"}}"#, "detail.length"),
      (#"{"detail":{"key":"a","start":0,"end":29,"length":0}}"#, "detail.length"),
      (#"[]"#, "JSON object"),
    ])
  func refused(text: String, names: String) throws {
    let error = #expect(throws: ClipEvent.Invalid.self) { try parse(text) }
    #expect(error?.message.contains(names) == true)
  }
}
