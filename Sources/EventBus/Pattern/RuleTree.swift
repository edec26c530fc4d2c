import Core

/// Where rules are filed by the value of a field: a tree in the shape of the events.
struct RuleTree: Sendable {
  /// What is looked up of a value.
  enum Key: Hashable, Sendable {
    case exact(ExactValue)
    case text(TextShelf.Key)
    /// The same of the text as `CaselessText.fold` makes it.
    case folded(TextShelf.Key)
    /// That there is one.
    case any
  }

  /// What a rule cannot match without: this field with a value that has one of these keys.
  struct Requirement {
    let path: [String]
    let keys: Set<Key>
  }

  private var children: [String: RuleTree] = [:]
  private var rules: [ExactValue: [Int]] = [:]
  private var texts = TextShelf()
  private var folded = TextShelf()
  private var any: [Int] = []

  /// Files each rule under the requirement that promises the fewest other rules beside it; rules without any are
  /// returned apart.
  static func arrange(_ requirements: [[Requirement]]) -> (shelf: RuleTree, unfiled: [Int]) {
    var crowds: [[String]: [Key: Int]] = [:]
    for requirement in requirements.joined() {
      for key in requirement.keys { crowds[requirement.path, default: [:]][key, default: 0] += 1 }
    }
    // The mean over a rule's keys: one that all rules have beside keys of their own must not spoil these.
    func crowd(_ requirement: Requirement) -> Double {
      let sum = requirement.keys.reduce(0) { $0 + (crowds[requirement.path]?[$1] ?? 0) }
      return Double(sum) / Double(max(1, requirement.keys.count))
    }
    var shelf = RuleTree()
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
      children[name, default: RuleTree()].file(rule, under: path.dropFirst(), keys)
      return
    }
    for key in keys {
      switch key {
      case .exact(let value): rules[value, default: []].append(rule)
      case .text(let key): texts.file(rule, under: key)
      case .folded(let key): folded.file(rule, under: key)
      case .any: any.append(rule)
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
      found.append(contentsOf: any)
      if !rules.isEmpty, let filed = rules[ExactValue(value)] { found.append(contentsOf: filed) }
      guard case .string(let text) = value else { return }
      if !texts.isEmpty { texts.collect(Array(text.utf8), into: &found) }
      if !folded.isEmpty { folded.collect(CaselessText.fold(text), into: &found) }
    }
  }
}

extension PatternNode {
  /// The fields which every matching event must have with one of some keys. Several for one field are choices.
  func requirements(under path: [String] = []) -> [RuleTree.Requirement] {
    fields.flatMap { name, field -> [RuleTree.Requirement] in
      switch field {
      case .object(let node): node.requirements(under: path + [name])
      case .leaf(let leaf): leaf.keys.map { .init(path: path + [name], keys: $0) }
      }
    }
  }
}

extension LeafPattern {
  /// Of each of these sets a value must have one; none where the field need not be there at all.
  fileprivate var keys: [Set<RuleTree.Key>] {
    guard !allowsAbsence else { return [] }
    let fixed = Set(exact.map(RuleTree.Key.exact))
    let choices = tests.map(\.keys)
    // Of several tests with choices each offers its own at the same place: all pairs would be many.
    return (0..<(choices.map(\.count).max() ?? 1)).map { number in
      choices.reduce(into: fixed) { $0.insert($1[number % $1.count]) }
    }
  }
}

extension ScalarTest {
  /// Keys of which a value that passes has each; at least one.
  fileprivate var keys: [RuleTree.Key] {
    switch self {
    case .text(let test): test.keys
    case .exists, .numeric, .cidr, .anythingBut, .anythingButText: [.any]
    }
  }
}

extension TextTest {
  fileprivate var keys: [RuleTree.Key] {
    switch self {
    case .prefix(let bytes): [.text(.prefix(bytes))]
    case .suffix(let bytes): [.text(.suffix(bytes))]
    case .prefixIgnoringCase(let text): [text.folded.map { .folded(.prefix($0)) } ?? .any]
    case .suffixIgnoringCase(let text): [text.folded.map { .folded(.suffix($0)) } ?? .any]
    case .equalsIgnoringCase(let text): [text.folded.map { .folded(.whole($0)) } ?? .any]
    case .wildcard(let wildcard): wildcard.keys
    }
  }
}

extension Wildcard {
  /// Most runs that are offered.
  private static let choices = 16

  /// The whole text if there is no asterisk; else its beginning, its end, and runs of its parts.
  fileprivate var keys: [RuleTree.Key] {
    let (first, last) = (parts[0], parts[parts.count - 1])
    if parts.count == 1 { return [.text(.whole(first))] }
    var keys: [RuleTree.Key] = []
    if !first.isEmpty { keys.append(.text(.prefix(first))) }
    if !last.isEmpty { keys.append(.text(.suffix(last))) }
    let longest = parts.max { $0.count < $1.count } ?? []
    let length = min(ByteRun.longest, longest.count)
    if length > 0 {
      // The later ones first: names have their numbers at the end.
      for start in (0...(longest.count - length)).reversed().prefix(Self.choices) {
        keys.append(.text(.run(ByteRun(longest[start..<(start + length)]))))
      }
    }
    return keys.isEmpty ? [.any] : keys
  }
}
