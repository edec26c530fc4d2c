import EventBus
import Foundation
import Core
import Testing

/// How many events a second are compared with rules, on one thread. Run by `local/bench patterns`, which names the file
/// that the figures go to.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["PATTERN_BENCHMARK"] != nil))
struct PatternBenchmark {
  private struct Figure: Encodable {
    var rules: Int
    var kind: String
    /// Events whose envelope is there.
    var matched: Double
    /// Events whose envelope is made first, as the bus does.
    var routed: Double
  }

  private enum Kind: String, CaseIterable {
    /// Different values of the same field.
    case exact
    /// A field that all share, another with different values, and a comparison.
    case mixed
    /// A field that all share, and different prefixes.
    case prefix
    /// Different suffixes.
    case suffix
    /// Different wildcards with asterisks at both ends.
    case wildcard
    /// Different fields, which must be there.
    case exists
    /// Different fields, which must have another value.
    case anythingBut = "anything-but"

    func pattern(_ number: Int) throws -> EventPattern {
      let text =
        switch self {
        case .exact: #"{"detail": {"customer": ["customer-\#(number)"]}}"#
        case .mixed:
          #"{"source": ["shop"], "detail": {"customer": ["customer-\#(number)", "x"], "amount": [{"numeric": [">", 10]}]}}"#
        case .prefix: #"{"source": ["shop"], "detail": {"customer": [{"prefix": "customer-\#(number)"}]}}"#
        case .suffix: #"{"detail": {"customer": [{"suffix": "-\#(number)"}]}}"#
        case .wildcard: #"{"detail": {"customer": [{"wildcard": "*omer-\#(number)*"}]}}"#
        case .exists: #"{"detail": {"of-\#(number)": [{"exists": true}]}}"#
        case .anythingBut: #"{"detail": {"of-\#(number)": [{"anything-but": ["x", "y"]}]}}"#
        }
      return try EventPattern(text: Array(text.utf8))
    }
  }

  private func event(_ number: Int) throws -> BusEvent {
    let detail = #"""
      {"customer": "customer-\#(number)", "of-\#(number)": 1, "amount": \#(number % 100), "paid": true,
       "items": [{"sku": "a-1", "count": 2}, {"sku": "b-2", "count": 1}], "address": {"city": "Turin", "zip": "10121"}}
      """#
    return try BusEvent(
      id: RequestID.make(), source: "shop", detailType: "order placed", account: "123456789012",
      time: Date(timeIntervalSince1970: 1_795_000_000), region: "us-east-1", resources: ["arn:aws:shop:::order"],
      detail: json(detail))
  }

  @Test("what patterns cost")
  func measure() throws {
    var figures: [Figure] = []
    for kind in Kind.allCases {
      for count in [1, 100, 10_000] {
        let rules = try (0..<count).map { (pattern: try kind.pattern($0), target: $0) }
        let index = RuleIndex(rules)
        // Every second event matches a rule, spread over all rules.
        let events = try (0..<2000).map { try event($0 % 2 == 0 ? ($0 * 7919) % count : count + $0) }
        let envelopes = events.map { $0.json() }
        figures.append(
          Figure(
            rules: count, kind: kind.rawValue,
            matched: rate { index.targets(matching: envelopes[$0 % 2000]).count },
            routed: rate { index.targets(matching: events[$0 % 2000].json()).count }))
      }
    }
    let path = try #require(ProcessInfo.processInfo.environment["PATTERN_BENCHMARK"])
    try JSONEncoder().encode(figures).write(to: URL(filePath: path))
  }

  /// The median of five, each of which takes about half a second.
  private func rate(_ body: (Int) -> Int) -> Double {
    var found = 0
    let rates = (0..<5).map { _ -> Double in
      let clock = ContinuousClock()
      let start = clock.now
      var done = 0
      while clock.now - start < .milliseconds(500) {
        for _ in 0..<50 {
          found &+= body(done)
          done += 1
        }
      }
      return Double(done) / ((clock.now - start) / .seconds(1))
    }
    // Nothing may be left out because its result is not used.
    precondition(found >= 0)
    return rates.sorted()[2]
  }
}
