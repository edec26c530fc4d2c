import EventBus
import Core
import Testing

@Suite("Rule index")
struct RuleIndexTests {
  private func index(_ patterns: [String]) throws -> RuleIndex<Int> {
    try RuleIndex(
      patterns.enumerated().map { (pattern: try EventPattern(text: Array($1.utf8)), target: $0) })
  }

  @Test("every matching rule is reported once, in the order of the rules")
  func order() throws {
    let rules = try index([
      #"{"source": ["b", "a"]}"#,
      #"{"source": ["x"]}"#,
      #"{"source": [{"prefix": "a"}]}"#,
      #"{"source": ["a"], "detail": {"k": ["v"]}}"#,
      #"{"detail": {"k": ["v", "w"]}}"#,
      #"{"$or": [{"source": ["a"]}, {"source": ["c"]}]}"#,
      #"{"detail": {"none": [{"exists": false}]}}"#,
    ])
    #expect(try rules.targets(matching: json(#"{"source": "a", "detail": {"k": "v"}}"#)) == [0, 2, 3, 4, 5, 6])
    #expect(try rules.targets(matching: json(#"{"source": "c", "detail": {"k": "w", "none": 1}}"#)) == [4, 5])
    // Two values of one rule in one event are one match.
    #expect(try rules.targets(matching: json(#"{"source": ["a", "b"], "detail": {"none": 1}}"#)) == [0, 2, 5])
    #expect(try rules.targets(matching: json("[]")) == [6])
  }

  @Test("it finds what comparing every rule finds")
  func agreesWithComparingAll() throws {
    var generator = Generator(state: 42)
    let fields = ["source", "detail-type", "account"]
    let values = [#""a""#, #""b""#, #""abcde""#, #""Bcab""#, "1", "1.5", "null", "true"]
    let comparisons = [
      #"{"prefix": "a"}"#, #"{"exists": false}"#, #"{"anything-but": "a"}"#, #"{"numeric": [">", 1]}"#,
      #"{"suffix": "b"}"#, #"{"suffix": "de"}"#, #"{"wildcard": "a*e"}"#, #"{"wildcard": "*bcd*"}"#,
      #"{"wildcard": "*c*b"}"#, #"{"wildcard": "b"}"#, #"{"wildcard": "*"}"#, #"{"exists": true}"#,
      #"{"equals-ignore-case": "B"}"#, #"{"prefix": {"equals-ignore-case": "BC"}}"#,
      #"{"suffix": {"equals-ignore-case": "AB"}}"#, #"{"anything-but": {"suffix": "e"}}"#,
    ]
    func pick(_ texts: [String]) -> String { texts[Int(generator.next() % UInt64(texts.count))] }
    func leaf() -> String {
      let first = generator.next() % 3 == 0 ? pick(comparisons) : pick(values)
      return generator.next() % 2 == 0 ? "[\(first)]" : "[\(first), \(pick(values))]"
    }
    func pattern() -> String {
      var members = [#""\#(pick(fields))": \#(leaf())"#]
      if generator.next() % 2 == 0 { members.append(#""detail": {"\#(pick(["x", "y"]))": \#(leaf())}"#) }
      if generator.next() % 4 == 0 { members.append(#""$or": [{"region": \#(leaf())}, {"id": \#(leaf())}]"#) }
      return "{\(members.joined(separator: ", "))}"
    }
    func value() -> String { generator.next() % 4 == 0 ? "[\(pick(values)), \(pick(values))]" : pick(values) }
    let patterns = (0..<200).map { _ in pattern() }
    let rules = try index(patterns)
    let compiled = try patterns.map { try EventPattern(text: Array($0.utf8)) }
    var found = 0
    for _ in 0..<300 {
      let members = (fields + ["region", "id"]).filter { _ in generator.next() % 3 != 0 }.map {
        #""\#($0)": \#(value())"#
      }
      let detail = #""detail": [{"x": \#(value())}, {"y": \#(value()), "x": \#(value())}]"#
      let event = try json("{\((members + [detail]).joined(separator: ", "))}")
      let expected = compiled.indices.filter { compiled[$0].matches(event) }
      #expect(rules.targets(matching: event) == expected)
      found += expected.count
    }
    #expect(found > 1000, "the random rules must match now and then, or this test shows nothing")
  }

  @Test("many rules on as many different fields are found")
  func manyFields() throws {
    let rules = try index((0..<500).map { #"{"detail": {"field\#($0)": ["x"]}}"# })
    #expect(try rules.targets(matching: json(#"{"detail": {"field77": "x", "field499": ["y", "x"]}}"#)) == [77, 499])
    #expect(try rules.targets(matching: json(#"{"detail": "x"}"#)) == [])
  }

  @Test("rules for prefixes are found by every prefix that a value has, beside those for values")
  func prefixes() throws {
    let rules = try index([
      #"{"key": [{"prefix": ""}]}"#, #"{"key": [{"prefix": "a"}]}"#, #"{"key": [{"prefix": "ab"}, "x"]}"#,
      #"{"key": [{"prefix": "ab"}, {"suffix": "z"}]}"#, #"{"key": [{"prefix": "ü/"}]}"#, #"{"key": ["abc"]}"#,
      #"{"key": [{"prefix": "b"}, {"exists": false}]}"#,
    ])
    for (event, expected) in [
      (#"{"key": "abc"}"#, [0, 1, 2, 3, 5]), (#"{"key": "a"}"#, [0, 1]), (#"{"key": "x"}"#, [0, 2]),
      (#"{"key": "ü/1"}"#, [0, 4]), (#"{"key": "z"}"#, [0, 3]), (#"{"key": ""}"#, [0]), (#"{"key": 5}"#, []),
      (#"{"key": ["q", "ab"]}"#, [0, 1, 2, 3]), (#"{}"#, [6]), (#"{"key": {"a": "b"}}"#, [6]),
    ] { #expect(try rules.targets(matching: json(event)) == expected, "\(event)") }
  }

  @Test("no rules, no targets")
  func empty() throws {
    #expect(try index([]).targets(matching: json("{}")) == [])
  }

  /// SplitMix64: the same numbers on every run.
  private struct Generator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var value = state
      value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
      value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
      return value ^ (value >> 31)
    }
  }
}
