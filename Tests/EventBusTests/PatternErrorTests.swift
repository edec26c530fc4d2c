import EventBus
import Testing

@Suite("Invalid event patterns")
struct PatternErrorTests {
  @Test(
    "the error names the field at fault",
    arguments: [
      (#"["x"]"#, ""), (#""x""#, ""), (#"{}"#, ""), (#"{"detail": {}}"#, "detail"),
      (#"{"source": "x"}"#, "source"), (#"{"source": 5}"#, "source"), (#"{"source": null}"#, "source"),
      (#"{"source": []}"#, "source"), (#"{"source": [["x"]]}"#, "source"),
      (#"{"detail": {"state": "running"}}"#, "detail.state"),
      (#"{"detail": {"a": [{"prefixx": "x"}]}}"#, "detail.a"),
      (#"{"detail": {"a": [{}]}}"#, "detail.a"),
      (#"{"a": [{"prefix": "x", "suffix": "y"}]}"#, "a"),
      (#"{"a": [{"prefix": 5}]}"#, "a"), (#"{"a": [{"suffix": null}]}"#, "a"),
      (#"{"a": [{"prefix": {"wildcard": "x"}}]}"#, "a"),
      (#"{"a": [{"prefix": {"equals-ignore-case": 5}}]}"#, "a"),
      (#"{"a": [{"equals-ignore-case": ["x"]}]}"#, "a"), (#"{"a": [{"exactly": 5}]}"#, "a"),
      (#"{"a": [{"wildcard": "a**b"}]}"#, "a"), (#"{"a": [{"wildcard": "a\\b"}]}"#, "a"),
      (#"{"a": [{"wildcard": "a\\"}]}"#, "a"), (#"{"a": [{"wildcard": 5}]}"#, "a"),
      (#"{"a": [{"anything-but": []}]}"#, "a"), (#"{"a": [{"anything-but": ["x", 5]}]}"#, "a"),
      (#"{"a": [{"anything-but": true}]}"#, "a"), (#"{"a": [{"anything-but": null}]}"#, "a"),
      (#"{"a": [{"anything-but": {"numeric": ["=", 5]}}]}"#, "a"),
      (#"{"a": [{"anything-but": {"prefix": ""}}]}"#, "a"),
      (#"{"a": [{"anything-but": {"prefix": {"equals-ignore-case": "x"}}}]}"#, "a"),
      (#"{"a": [{"numeric": []}]}"#, "a"), (#"{"a": [{"numeric": [">"]}]}"#, "a"),
      (#"{"a": [{"numeric": ["~", 5]}]}"#, "a"), (#"{"a": [{"numeric": [">", "5"]}]}"#, "a"),
      (#"{"a": [{"numeric": ["<", 5, ">", 0]}]}"#, "a"), (#"{"a": [{"numeric": [">", 5, "<", 5]}]}"#, "a"),
      (#"{"a": [{"numeric": ["=", 5, "<", 6]}]}"#, "a"), (#"{"a": [{"numeric": [">", 5, ">", 6]}]}"#, "a"),
      (#"{"a": [{"numeric": ["<", 5000000001]}]}"#, "a"),
      (#"{"a": [{"cidr": "10.0.0.0"}]}"#, "a"), (#"{"a": [{"cidr": "10.0.0.0/33"}]}"#, "a"),
      (#"{"a": [{"cidr": "10.0.0/8"}]}"#, "a"), (#"{"a": [{"cidr": "::/129"}]}"#, "a"),
      (#"{"a": [{"cidr": "10.0.0.0/+8"}]}"#, "a"),
      (#"{"a": [{"exists": "true"}]}"#, "a"),
      (#"{"$or": [{"a": [1]}]}"#, "$or"), (#"{"d": {"$or": {"a": [1]}}}"#, "d.$or"), (#"{"$or": [1, 2]}"#, "$or"),
      (#"{"$or": [{"a": [1]}, {}]}"#, ""), (#"{"$or": [{"prefix": ["x"]}, {"a": [1]}]}"#, "prefix"),
      (#"not JSON"#, ""),
    ]) func refused(_ text: String, path: String)
  {
    #expect {
      try EventPattern(text: Array(text.utf8))
    } throws: { error in
      guard let error = error as? PatternError else { return false }
      return error.path == path && error.code == "InvalidEventPatternException" && !error.isRetryable
        && (path.isEmpty || error.message.contains("'\(path)'"))
    }
  }

  @Test(
    "the alternatives of all $or have at most 1,000 combinations",
    arguments: [
      ([1000], true), ([1001], false), ([10, 10, 10], true), ([10, 10, 11], false), ([2, 500], true),
      ([2, 501], false),
      (Array(repeating: 2, count: 9), true), (Array(repeating: 2, count: 63), false),
    ]) func combinations(counts: [Int], isAccepted: Bool)
  {
    // One $or in each object of a chain: {"$or": [...], "n": {"$or": [...], "n": ...}}.
    let text = counts.reduce(#"{"x": [1]}"#) { inner, count in
      let alternatives = (0..<count).map { #"{"a": [\#($0)]}"# }.joined(separator: ",")
      return #"{"$or": [\#(alternatives)], "n": \#(inner)}"#
    }
    do {
      _ = try EventPattern(text: Array(text.utf8))
      #expect(isAccepted)
    } catch {
      #expect(!isAccepted && error.path.isEmpty && error.code == "InvalidEventPatternException")
      #expect(error.message.contains("at most 1000 combinations"))
    }
  }

  @Test("alternatives of an $or inside an $or are counted once", arguments: [(20, true), (21, false)])
  func nestedCombinations(count: Int, isAccepted: Bool) {
    let inner = (0..<50).map { #"{"a": [\#($0)]}"# }.joined(separator: ",")
    let outer = Array(repeating: #"{"$or": [\#(inner)]}"#, count: count).joined(separator: ",")
    let pattern = try? EventPattern(text: Array(#"{"$or": [\#(outer)]}"#.utf8))
    #expect((pattern != nil) == isAccepted)
  }

  @Test("nesting is limited")
  func nesting() {
    let text = String(repeating: #"{"a":"#, count: 80) + "[1]" + String(repeating: "}", count: 80)
    #expect(throws: PatternError.self) { try EventPattern(text: Array(text.utf8)) }
  }
}
