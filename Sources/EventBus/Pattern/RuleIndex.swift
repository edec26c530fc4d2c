package import Core

/// Rules arranged so that an event is only compared with those that it can match.
///
/// Each rule is filed under the values, or prefixes, of one field, the one that fewest other rules share them of. An event
/// then costs what its own fields cost to look up, plus one comparison per rule that is filed under what it has. Rules
/// without such a field (only `suffix`, `exists`, `$or` …) are compared with every event.
package struct RuleIndex<Target: Sendable>: Sendable {
  private let rules: [(pattern: EventPattern, target: Target)]
  private let filed: RuleShelf
  private let unfiled: [Int]

  /// - Parameter rules: in the order in which `targets` reports them.
  package init(_ rules: [(pattern: EventPattern, target: Target)]) {
    self.rules = rules
    (filed, unfiled) = RuleShelf.arrange(rules.map { $0.pattern.root.requiredValues() })
  }

  /// The targets of all rules that match, in the order of the rules.
  package func targets(matching event: JSONValue) -> [Target] {
    var candidates = unfiled
    filed.collect(event, into: &candidates)
    if candidates.count > 1 { candidates.sort() }
    var targets: [Target] = []
    var previous = -1
    for candidate in candidates where candidate != previous {
      previous = candidate
      if rules[candidate].pattern.matches(event) { targets.append(rules[candidate].target) }
    }
    return targets
  }
}
