package import Core

/// Rules arranged so that an event is only compared with those that it can match.
///
/// Each alternative of a rule is filed under one field, by what a value of it must have: the whole value, a beginning, an
/// end, a few bytes somewhere, or that it is there. It is the one that fewest others share. An event then costs what its own
/// fields cost to look up, plus one comparison per alternative that is filed under what it has. Only alternatives that
/// nothing but absence satisfies are compared with every event.
package struct RuleIndex<Target: Sendable>: Sendable {
  private let targets: [Target]
  /// In the order of the rules.
  private let entries: [(rule: Int, tree: PatternNode)]
  private let filed: RuleTree
  private let unfiled: [Int]

  /// - Parameter rules: in the order in which `targets` reports them.
  package init(_ rules: [(pattern: EventPattern, target: Target)]) {
    targets = rules.map(\.target)
    entries = rules.enumerated().flatMap { number, rule in rule.pattern.trees.map { (number, $0) } }
    (filed, unfiled) = RuleTree.arrange(entries.map { $0.tree.requirements() })
  }

  /// The targets of all rules that match, in the order of the rules.
  package func targets(matching event: JSONValue) -> [Target] {
    let event = event.hasDottedNames ? event.withoutDottedNames : event
    var candidates = unfiled
    filed.collect(event, into: &candidates)
    if candidates.count > 1 { candidates.sort() }
    var found: [Target] = []
    var (previous, matched) = (-1, -1)
    for candidate in candidates where candidate != previous {
      previous = candidate
      let entry = entries[candidate]
      guard entry.rule != matched, entry.tree.evaluate(event) != .no else { continue }
      matched = entry.rule
      found.append(targets[entry.rule])
    }
    return found
  }
}
