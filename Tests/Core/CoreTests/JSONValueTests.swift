import Core
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

  @Test func access() throws {
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
}
