import Core

/// Where rules are filed by the value of a field: a tree in the shape of the events.
struct RuleShelf: Sendable {
  /// What is looked up of a value.
  enum Key: Hashable, Sendable {
    case exact(ExactValue)
    /// Of a string, in bytes.
    case prefix([UInt8])
  }

  /// What a rule cannot match without: this field with a value that has one of these keys.
  struct Requirement {
    let path: [String]
    let keys: Set<Key>
  }

  private var children: [String: RuleShelf] = [:]
  private var rules: [ExactValue: [Int]] = [:]
  private var prefixes: [[UInt8]: [Int]] = [:]
  /// Of all prefixes, each once, ascending.
  private var prefixLengths: [Int] = []

  /// Files each rule under the requirement that promises the fewest other rules beside it; rules without any are
  /// returned apart.
  static func arrange(_ requirements: [[Requirement]]) -> (shelf: RuleShelf, unfiled: [Int]) {
    var crowds: [[String]: [Key: Int]] = [:]
    for requirement in requirements.joined() {
      for key in requirement.keys { crowds[requirement.path, default: [:]][key, default: 0] += 1 }
    }
    // The mean over a rule's keys: one that all rules have beside keys of their own must not spoil these.
    func crowd(_ requirement: Requirement) -> Double {
      let sum = requirement.keys.reduce(0) { $0 + (crowds[requirement.path]?[$1] ?? 0) }
      return Double(sum) / Double(max(1, requirement.keys.count))
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
        shelf.file(rule, under: best.requirement.path[...], best.requirement.keys)
      } else {
        unfiled.append(rule)
      }
    }
    return (shelf, unfiled)
  }

  private mutating func file(_ rule: Int, under path: ArraySlice<String>, _ keys: Set<Key>) {
    if let name = path.first {
      children[name, default: RuleShelf()].file(rule, under: path.dropFirst(), keys)
      return
    }
    for key in keys {
      switch key {
      case .exact(let value): rules[value, default: []].append(rule)
      case .prefix(let bytes):
        prefixes[bytes, default: []].append(rule)
        if !prefixLengths.contains(bytes.count) { prefixLengths = (prefixLengths + [bytes.count]).sorted() }
      }
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
      if !prefixLengths.isEmpty, case .string(let text) = value { collect(prefixesOf: Array(text.utf8), into: &found) }
    }
  }

  /// One look-up for each length that a prefix has.
  private func collect(prefixesOf text: [UInt8], into found: inout [Int]) {
    for length in prefixLengths {
      guard length <= text.count else { return }
      if let filed = prefixes[Array(text[..<length])] { found.append(contentsOf: filed) }
    }
  }
}

extension PatternNode {
  /// The fields which every matching event must have with one of some known values, or with one of some prefixes.
  func requiredValues(under path: [String] = []) -> [RuleShelf.Requirement] {
    fields.flatMap { name, field -> [RuleShelf.Requirement] in
      switch field {
      case .object(let node): node.requiredValues(under: path + [name])
      case .leaf(let leaf): leaf.keys.map { [.init(path: path + [name], keys: $0)] } ?? []
      }
    }
  }
}

extension LeafPattern {
  /// One of which a value must have; nil where other values may do, too.
  fileprivate var keys: Set<RuleShelf.Key>? {
    guard !allowsAbsence else { return nil }
    var keys = Set(exact.map(RuleShelf.Key.exact))
    for test in tests {
      guard case .text(.prefix(let bytes)) = test else { return nil }
      keys.insert(.prefix(bytes))
    }
    return keys
  }
}
