import Core

extension JSONValue {
  /// Whether a member's name, at any depth, has a dot in it.
  var hasDottedNames: Bool {
    switch self {
    case .object(let members):
      for (name, member) in members {
        if name.utf8.contains(UInt8(ascii: ".")) || member.hasDottedNames { return true }
      }
      return false
    case .array(let elements): return elements.contains(where: \.hasDottedNames)
    default: return false
    }
  }

  /// The same with one object inside of the other for each dot: patterns know fields by their path, and `{"a.b": 1}` has
  /// the same field as `{"a": {"b": 1}}`. Values of one path from both spellings are all kept, as an array's are.
  ///
  /// https://github.com/aws/event-ruler#compiling-and-adding-rules
  var withoutDottedNames: JSONValue {
    switch self {
    case .object(let members):
      var result: [String: JSONValue] = [:]
      for (name, member) in members.sorted(by: { $0.key < $1.key }) {
        let steps = name.split(separator: ".", omittingEmptySubsequences: false)
        let value = steps.dropFirst().reversed().reduce(member.withoutDottedNames) { .object([String($1): $0]) }
        let first = String(steps[0])
        result[first] = result[first].map { $0.joined(with: value) } ?? value
      }
      return .object(result)
    case .array(let elements): return .array(elements.map(\.withoutDottedNames))
    default: return self
    }
  }

  private func joined(with other: JSONValue) -> JSONValue {
    if case .object(let own) = self, case .object(let others) = other {
      return .object(own.merging(others) { $0.joined(with: $1) })
    }
    return .array((arrayValue ?? [self]) + (other.arrayValue ?? [other]))
  }
}
