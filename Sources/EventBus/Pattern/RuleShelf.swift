import RuntimeCore

/// Where rules are filed by the value of a field: a tree in the shape of the events.
struct RuleShelf: Sendable {
  /// What a rule cannot match without: this field with one of these values.
  struct Requirement {
    let path: [String]
    let values: Set<ExactValue>
  }

  private var children: [String: RuleShelf] = [:]
  private var rules: [ExactValue: [Int]] = [:]

  /// Files each rule under the requirement that promises the fewest other rules beside it; rules without any are
  /// returned apart.
  static func arrange(_ requirements: [[Requirement]]) -> (shelf: RuleShelf, unfiled: [Int]) {
    var crowds: [[String]: [ExactValue: Int]] = [:]
    for requirement in requirements.joined() {
      for value in requirement.values { crowds[requirement.path, default: [:]][value, default: 0] += 1 }
    }
    func crowd(_ requirement: Requirement) -> Int {
      requirement.values.reduce(0) { max($0, crowds[requirement.path]?[$1] ?? 0) }
    }
    var shelf = RuleShelf()
    var unfiled: [Int] = []
    for (rule, candidates) in requirements.enumerated() {
      // Of several equally good fields the shortest path, then the first by name: cheap to reach, and always the same.
      let best = candidates.map { (requirement: $0, crowd: crowd($0)) }.min { left, right in
        let (a, b) = (left.requirement.path, right.requirement.path)
        if left.crowd != right.crowd { return left.crowd < right.crowd }
        return a.count != b.count ? a.count < b.count : a.lexicographicallyPrecedes(b)
      }
      if let best {
        shelf.file(rule, under: best.requirement.path[...], best.requirement.values)
      } else {
        unfiled.append(rule)
      }
    }
    return (shelf, unfiled)
  }

  private mutating func file(_ rule: Int, under path: ArraySlice<String>, _ values: Set<ExactValue>) {
    if let name = path.first {
      children[name, default: RuleShelf()].file(rule, under: path.dropFirst(), values)
    } else {
      for value in values { rules[value, default: []].append(rule) }
    }
  }

  /// Adds the rules filed under the values that the event has; a rule may come twice.
  func collect(_ value: JSONValue, into found: inout [Int]) {
    switch value {
    case .object(let members):
      // Whichever is smaller is walked through, so that neither many fields in rules nor in events cost much.
      if children.count <= members.count {
        for (name, child) in children {
          if let member = members[name] { child.collect(member, into: &found) }
        }
      } else {
        for (name, member) in members { children[name]?.collect(member, into: &found) }
      }
    case .array(let elements):
      for element in elements { collect(element, into: &found) }
    default:
      if !rules.isEmpty, let filed = rules[ExactValue(value)] { found.append(contentsOf: filed) }
    }
  }
}

extension PatternNode {
  /// The fields which every matching event must have with one of some known values.
  func requiredValues(under path: [String] = []) -> [RuleShelf.Requirement] {
    fields.flatMap { name, field -> [RuleShelf.Requirement] in
      switch field {
      case .object(let node): node.requiredValues(under: path + [name])
      case .leaf(let leaf):
        leaf.tests.isEmpty && !leaf.allowsAbsence ? [.init(path: path + [name], values: leaf.exact)] : []
      }
    }
  }
}
