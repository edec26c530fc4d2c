import EventBus
import Testing

/// What EventBridge's own matcher does where its documentation leaves it open.
///
/// https://github.com/aws/event-ruler
@Suite("Agreement with EventBridge's own matcher")
struct RulerAgreementTests {
  @Test(
    "of patterns for one field the last one counts, by the field's whole path",
    arguments: [
      (#"{"a": [1], "a": [2]}"#, #"{"a": 2}"#, true), (#"{"a": [1], "a": [2]}"#, #"{"a": 1}"#, false),
      (#"{"a": {"b": [1]}, "a": {"c": [2]}}"#, #"{"a": {"b": 1, "c": 2}}"#, true),
      (#"{"a": {"b": [1]}, "a": {"c": [2]}}"#, #"{"a": {"c": 2}}"#, false),
      (#"{"a": {"b": [1]}, "a": {"b": [2]}}"#, #"{"a": {"b": 2}}"#, true),
      (#"{"a": {"b": [1]}, "a.b": [2]}"#, #"{"a": {"b": 2}}"#, true),
      (#"{"a.b": [2], "a": {"b": [1]}}"#, #"{"a": {"b": 2}}"#, false),
      (#"{ "z" : [ "}\"]" , 1.5e1 ] , "a\u0062" : [ true ] }"#, #"{"z": 15, "ab": true}"#, true),
    ])
  func lastWins(pattern: String, event: String, isMatch: Bool) throws {
    #expect(try matches(pattern, event) == isMatch)
  }

  @Test("two comparisons of one name in one object are refused like two of different names")
  func twoComparisons() {
    #expect(throws: PatternError.self) {
      try EventPattern(text: Array(#"{"a": [{"prefix": "x", "prefix": "y"}]}"#.utf8))
    }
  }

  @Test(
    "a field of an $or takes the place of the same one before it",
    arguments: [
      (#"{"a": [1], "$or": [{"a": [2]}, {"b": [3]}]}"#, #"{"a": 2}"#, true),
      (#"{"a": [1], "$or": [{"a": [2]}, {"b": [3]}]}"#, #"{"a": 1}"#, false),
      (#"{"a": [1], "$or": [{"a": [2]}, {"b": [3]}]}"#, #"{"a": 1, "b": 3}"#, true),
      (#"{"$or": [{"a": [2]}, {"b": [3]}], "a": [1]}"#, #"{"a": 2}"#, false),
      (#"{"$or": [{"a": [2]}, {"b": [3]}], "a": [1]}"#, #"{"a": 1}"#, true),
      (
        #"{"$or": [{"a": [1]}, {"b": [1]}], "c": {"$or": [{"d": [2]}, {"e": [2]}]}}"#, #"{"b": 1, "c": {"e": 2}}"#, true
      ),
      (#"{"$or": [{"a": [1]}, {"b": [1]}], "c": {"$or": [{"d": [2]}, {"e": [2]}]}}"#, #"{"b": 1, "c": {}}"#, false),
    ])
  func overlappingAlternatives(pattern: String, event: String, isMatch: Bool) throws {
    #expect(try matches(pattern, event) == isMatch)
  }

  @Test(
    "a dot in a name is one step of a path, in patterns and in events",
    arguments: [
      (#"{"a.b": [1]}"#, #"{"a": {"b": 1}}"#, true), (#"{"a": {"b": [1]}}"#, #"{"a.b": 1}"#, true),
      (#"{"a": {"b.c": [1]}}"#, #"{"a.b": {"c": 1}}"#, true), (#"{"a.b": [1]}"#, #"{"a.b": 2}"#, false),
      (#"{"a.b": [2]}"#, #"{"a": {"b": 1}, "a.b": 2}"#, true), (#"{"a.b": [1]}"#, #"{"a": {"b": 1}, "a.b": 2}"#, true),
      (#"{"a.b": [1], "a.c": [2]}"#, #"{"a.b": 1, "a": {"c": 2}}"#, true),
      (#"{"a.b": [{"exists": false}]}"#, #"{"a.b": 1}"#, false),
      (#"{"l": {"x.y": [1]}}"#, #"{"l": [{"x.y": 0}, {"x": {"y": 1}}]}"#, true),
    ])
  func dots(pattern: String, event: String, isMatch: Bool) throws {
    #expect(try matches(pattern, event) == isMatch)
  }

  @Test(
    "an empty anything-but leaves nothing out",
    arguments: [
      (#"{"a": [{"anything-but": {"prefix": []}}]}"#, #"{"a": "x"}"#, true),
      (#"{"a": [{"anything-but": {"wildcard": []}}]}"#, #"{"a": "x"}"#, true),
      (#"{"a": [{"anything-but": {"equals-ignore-case": []}}]}"#, #"{}"#, false),
      (#"{"a": [{"anything-but": {"equals-ignore-case": ""}}]}"#, #"{"a": ""}"#, false),
      (#"{"a": [{"anything-but": {"wildcard": ""}}]}"#, #"{"a": "x"}"#, true),
      (#"{"a": [{"anything-but": ""}]}"#, #"{"a": ""}"#, false),
    ])
  func emptyAnythingBut(pattern: String, event: String, isMatch: Bool) throws {
    #expect(try matches(pattern, event) == isMatch)
  }

  @Test(
    "letter case is that of each letter by itself",
    arguments: [
      ("ΟΔΟΣ", "οδοσ", true), ("ΟΔΟΣ", "ΟΔΟΣ", true), ("ΟΔΟΣ", "οδος", false), ("οδος", "ΟΔΟΣ", true),
      ("οδος", "οδος", true), ("οδος", "οδοσ", false), ("straße", "STRASSE", true), ("straße", "Straße", true),
      ("STRASSE", "straße", false), ("Ä", "ä", true), ("i", "I", true), ("i", "İ", false),
    ])
  func letterCase(pattern: String, text: String, isMatch: Bool) throws {
    #expect(try matches(#"{"a": [{"equals-ignore-case": "\#(pattern)"}]}"#, #"{"a": "\#(text)"}"#) == isMatch)
    #expect(
      try matches(#"{"a": [{"prefix": {"equals-ignore-case": "\#(pattern)"}}]}"#, #"{"a": "\#(text)Α"}"#) == isMatch)
    #expect(
      try matches(#"{"a": [{"suffix": {"equals-ignore-case": "\#(pattern)"}}]}"#, #"{"a": "Α\#(text)"}"#) == isMatch)
    #expect(
      try matches(#"{"a": [{"anything-but": {"equals-ignore-case": "\#(pattern)"}}]}"#, #"{"a": "\#(text)"}"#)
        != isMatch)
    let index = RuleIndex([
      (pattern: try EventPattern(text: Array(#"{"a": [{"equals-ignore-case": "\#(pattern)"}]}"#.utf8)), target: 1)
    ])
    #expect(try index.targets(matching: json(#"{"a": "\#(text)"}"#)) == (isMatch ? [1] : []))
  }
}
