import Core
import FoundationEssentials
import Testing

@Suite struct JSONValueTests {
  private func value(_ text: String) throws -> JSONValue { try JSON.decode(from: [UInt8](text.utf8)) }

  private func written(_ value: some Encodable, pretty: Bool = false) throws -> String {
    String(decoding: try JSON.encode(value, pretty: pretty), as: UTF8.self)
  }

  @Test(
    "what was read is written back the same",
    arguments: [
      "null", "true", "false", "0", "1", "-1", "270", "9007199254740993", "9223372036854775807", "-9223372036854775808",
      "1.5", "-0.25", "3294.024", "\"\"", "\"a/b\"", "\"ü€😀\"", "\"\\\"\\\\\\n\\t\"", "[]", "{}", "[[],{}]",
      "[1,true,null,\"x\",{\"a\":[1.5]}]", "{\"a\":1,\"b\":{\"c\":[]},\"é\":null}",
    ])
  func roundTrip(text: String) throws {
    #expect(try written(value(text)) == text)
  }

  @Test("truth is not a number and a number is not truth")
  func boolsAndNumbers() throws {
    #expect(try value("[true,1,false,0]") == .array([.bool(true), .integer(1), .bool(false), .integer(0)]))
    #expect(try value("true").intValue == nil)
    #expect(try value("1").boolValue == nil)
  }

  @Test("whole numbers stay exact as far as 64 bits go, beyond they are the nearest fraction")
  func bigIntegers() throws {
    #expect(try value("9223372036854775807") == .integer(.max))
    #expect(try value("-9223372036854775808") == .integer(.min))
    #expect(try value("9007199254740993").intValue == 9_007_199_254_740_993)
    #expect(try value("9223372036854775808") == .number(9_223_372_036_854_775_808))
    #expect(try value("18446744073709551615").intValue == nil)
    #expect(try value("1e3").intValue == 1000)
    #expect(try value("1.5").intValue == nil)
    #expect(try value("1.5").doubleValue == 1.5)
    #expect(try value("3").doubleValue == 3)
  }

  @Test(
    "text in every spelling that JSON has for it",
    arguments: [
      ("\"\\u00fc\"", "ü"), ("\"\\ud83d\\ude00\"", "😀"), ("\"\\/\"", "/"), ("\"\\u0000\"", "\0"),
    ])
  func escapes(text: String, expected: String) throws {
    #expect(try value(text).stringValue == expected)
  }

  @Test(
    "what is not JSON is refused",
    arguments: [
      "", " ", "nul", "{", "[1 2]", "{\"a\":}", "{a:1}", "'a'", "01", "1.", "+1", "NaN", "\"\n\"", "\"\\ud83d\"", "1 2",
    ])
  func malformed(text: String) {
    #expect(throws: (any Error).self) { try value(text) }
  }

  @Test("nesting without end is refused instead of exhausting the stack")
  func depth() {
    #expect(throws: (any Error).self) { try value(String(repeating: "[", count: 100_000)) }
    #expect(throws: (any Error).self) {
      try value(String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000))
    }
  }

  @Test("values are reached by member and type")
  func access() throws {
    let event = try value(#"{"detail":{"key":"a.mp4","start":270,"live":true,"clips":[1,2]},"time":null}"#)
    #expect(event["detail"]?["key"]?.stringValue == "a.mp4")
    #expect(event["detail"]?["start"]?.intValue == 270)
    #expect(event["detail"]?["live"]?.boolValue == true)
    #expect(event["detail"]?["clips"]?.arrayValue == [.integer(1), .integer(2)])
    #expect(event["time"] == .null)
    #expect(event["nothing"] == nil)
    #expect(event["detail"]?.objectValue?.count == 4)
    #expect(JSONValue.string("a")["key"] == nil)
    #expect(JSONValue.null.stringValue == nil && JSONValue.null.arrayValue == nil && JSONValue.null.objectValue == nil)
  }

  @Test("the same value is always the same bytes")
  func stable() throws {
    let names = (0..<50).map { "name\($0)" }
    let forwards = JSONValue.object(.init(uniqueKeysWithValues: names.map { ($0, .string($0)) }))
    let backwards = JSONValue.object(.init(uniqueKeysWithValues: names.reversed().map { ($0, .string($0)) }))
    #expect(try written(forwards) == written(backwards))
    #expect(try written(JSONValue.object(["b": .integer(1), "a": .string("x/y")])) == #"{"a":"x/y","b":1}"#)
    #expect(try written(JSONValue.object(["a": .array([.integer(1)])]), pretty: true).contains("\n"))
  }

  @Test("numbers that JSON has no spelling for are refused")
  func notFinite() {
    #expect(throws: (any Error).self) { try JSON.encode(JSONValue.number(.infinity)) }
    #expect(throws: (any Error).self) { try JSON.encode(JSONValue.number(.nan)) }
  }

  @Test("nesting costs no more than its bytes, also within a type of ours", .timeLimit(.minutes(1)))
  func nestingIsCheap() throws {
    struct Event: Codable {
      var detail: JSONValue
      var list: [JSONValue]
    }
    // By Foundation's decoder each of these took more than a second.
    let chain = String(repeating: #"{"a":["#, count: 250) + String(repeating: "]}", count: 250)
    let text = [UInt8](#"{"detail":\#(chain),"list":[\#(chain),1]}"#.utf8)
    for _ in 0..<500 {
      let event = try JSON.decode(Event.self, from: text)
      #expect(try JSON.encode(event) == text)
      #expect(try JSON.decode(JSONValue.self, from: text)["list"]?.arrayValue?.count == 2)
    }
  }

  @Test("too deep is refused, as deep as may be is not", arguments: [JSON.maximumDepth, JSON.maximumDepth + 1])
  func maximumDepth(depth: Int) throws {
    let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    if depth <= JSON.maximumDepth {
      #expect(try written(value(text)) == text)
    } else {
      #expect(throws: DecodingError.self) { try value(text) }
    }
  }

  private struct Sample: Codable, Equatable {
    enum Kind: String, Codable { case one, two }
    struct Part: Codable, Equatable {
      var number: UInt64
      var ratio: Double
      var names: [String: [Int8]]
    }
    var kind: Kind
    var parts: [Part]
    var text: String
    var absent: Int?
    var date: Date
    var data: Data
    var flag: Bool
    var any: JSONValue
    var nothing: [String]
  }

  @Test("values of types of ours are written as Foundation writes them, and read back", arguments: [false, true])
  func likeFoundation(pretty: Bool) throws {
    let sample = Sample(
      kind: .two,
      parts: [
        .init(
          number: 9_223_372_036_854_775_807, ratio: 0.1, names: ["b": [1, -1], "a": [], "B": [0], "ä": [], "aa": []]),
        .init(number: 3, ratio: 1e20, names: [:]), .init(number: 0, ratio: 2, names: [:]),
      ],
      text: "a/b \u{1}\u{8}\t\n\u{b}\u{c}\r\u{1f}\u{7f}\"\\ü😀\u{2028}",
      date: Date(timeIntervalSinceReferenceDate: 12.5),
      data: Data([0, 255, 16]), flag: true, any: .object(["x": .array([.null, .number(-1.5e-7)])]), nothing: [])
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    let foundation = String(decoding: try encoder.encode(sample), as: UTF8.self)
    #expect(try written(sample, pretty: pretty) == foundation)
    #expect(try JSON.decode(Sample.self, from: [UInt8](foundation.utf8)) == sample)
  }

  @Test("what has another shape is refused with the place")
  func shapes() throws {
    for text in [
      #"{}"#, #"{"number":-1,"ratio":1,"names":{}}"#, #"{"number":1,"ratio":"1","names":{}}"#,
      #"{"number":1,"ratio":1,"names":{"a":[128]}}"#, #"{"number":1.5,"ratio":1,"names":{}}"#,
      #"{"number":null,"ratio":1,"names":{}}"#, "[]", "1",
    ] {
      #expect(throws: DecodingError.self) { try JSON.decode(Sample.Part.self, from: [UInt8](text.utf8)) }
    }
    do {
      _ = try JSON.decode(Sample.Part.self, from: [UInt8](#"{"number":1,"ratio":1,"names":{"a":[1,"x"]}}"#.utf8))
    } catch DecodingError.typeMismatch(_, let context) {
      #expect(context.codingPath.map(\.stringValue) == ["names", "a", "Index 1"])
    }
  }
}
