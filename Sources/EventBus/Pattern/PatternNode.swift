import Core

/// How a part of a pattern is met by a part of an event.
enum PatternOutcome: Int, Comparable {
  /// Not at all.
  case no
  /// Only because fields are missing, which `{"exists": false}` asks for.
  case absent
  /// By at least one value that is there.
  case present

  static func < (left: PatternOutcome, right: PatternOutcome) -> Bool { left.rawValue < right.rawValue }
}

/// An object of a pattern: every field must be met, all by the same object.
struct PatternNode: Sendable {
  enum Field: Sendable {
    case object(PatternNode)
    case leaf(LeafPattern)

    func evaluate(_ value: JSONValue?) -> PatternOutcome {
      switch self {
      case .object(let node): node.evaluate(value)
      case .leaf(let leaf): leaf.evaluate(value)
      }
    }
  }

  var fields: [(name: String, field: Field)] = []

  /// - Parameter leaves: by path, whose steps are joined by dots.
  init(_ leaves: [String: LeafPattern]) {
    for (path, leaf) in leaves.sorted(by: { $0.key < $1.key }) {
      add(leaf, at: path.split(separator: ".", omittingEmptySubsequences: false)[...])
    }
  }

  private init() {}

  /// A field may be asked for a value and for fields of its own: an array can have both.
  private mutating func add(_ leaf: LeafPattern, at path: ArraySlice<Substring>) {
    let name = String(path.first ?? "")
    guard path.count > 1 else { return fields.append((name, .leaf(leaf))) }
    for index in fields.indices where fields[index].name == name {
      guard case .object(var node) = fields[index].field else { continue }
      node.add(leaf, at: path.dropFirst())
      fields[index].field = .object(node)
      return
    }
    var node = PatternNode()
    node.add(leaf, at: path.dropFirst())
    fields.append((name, .object(node)))
  }

  /// Arrays are looked through. The fields of one object must be met by the same element: for a pattern over two fields
  /// it is not enough that one element has the one and another element has the other. What only asks for absence must
  /// hold for every element.
  ///
  /// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-arrays.html>
  func evaluate(_ value: JSONValue?) -> PatternOutcome {
    switch value {
    case .object(let members):
      return evaluate(members: members)
    case .array(let elements) where !elements.isEmpty:
      var weakest = PatternOutcome.absent
      for element in elements {
        let outcome = evaluate(element)
        if outcome == .present { return .present }
        weakest = min(weakest, outcome)
      }
      return weakest
    default:
      return evaluate(members: [:])
    }
  }

  private func evaluate(members: [String: JSONValue]) -> PatternOutcome {
    var result = PatternOutcome.absent
    for (name, field) in fields {
      let outcome = field.evaluate(members[name])
      if outcome == .no { return .no }
      result = max(result, outcome)
    }
    return result
  }
}
