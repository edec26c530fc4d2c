import Observability
import Core
import Testing

@Suite struct JSONExcerptTests {
  @Test(
    "an excerpt is the value's text",
    arguments: [
      .null, .object(["b": .array([.integer(1), .bool(true)]), "a": .string("x/y")]), .array([]),
    ] as [JSONValue]) func short(value: JSONValue) throws
  {
    #expect(JSONExcerpt(value).text == String(decoding: try JSON.encode(value), as: UTF8.self))
  }

  @Test("of a long one, as much as is kept", arguments: [3000, 3997, 3998, 3999, 4000, 100_000])
  func long(count: Int) throws {
    let value = JSONValue.string(String(repeating: "x", count: count))
    let whole = String(decoding: try JSON.encode(value), as: UTF8.self)
    #expect(JSONExcerpt(value).text == String(whole.prefix(JSONExcerpt.maximumLength)))
  }

  @Test("many small values are cut in the same way")
  func many() throws {
    let value = JSONValue.object(
      Dictionary(uniqueKeysWithValues: (0..<1000).map { ("\($0)", JSONValue.array([.integer($0)])) }))
    let whole = String(decoding: try JSON.encode(value), as: UTF8.self)
    #expect(JSONExcerpt(value).text == String(whole.prefix(JSONExcerpt.maximumLength)))
  }

  @Test("it is written as a string")
  func encoding() throws {
    let text = try JSON.encode(["detail": JSONExcerpt(.object(["a": .integer(1)]))])
    #expect(String(decoding: text, as: UTF8.self) == #"{"detail":"{\"a\":1}"}"#)
  }
}
