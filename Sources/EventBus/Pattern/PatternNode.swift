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

/// An object of a pattern: every field must be met, and of each `$or` at least one alternative, all by the same object.
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
  var alternatives: [[PatternNode]] = []

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
    for alternative in alternatives {
      var best = PatternOutcome.no
      for node in alternative where best != .present {
        best = max(best, node.evaluate(members: members))
      }
      if best == .no { return .no }
      result = max(result, best)
    }
    return result
  }
}

extension PatternNode {
  /// How many patterns without `$or` say the same together: of several `$or` each alternative of one goes with each of
  /// the others.
  ///
  /// - Parameter limit: counting ends above it.
  func combinations(atMost limit: Int) -> Int {
    var product = 1
    for (_, field) in fields {
      if case .object(let node) = field { product = min(product * node.combinations(atMost: limit), limit + 1) }
    }
    for alternative in alternatives {
      let sum = alternative.reduce(0) { min($0 + $1.combinations(atMost: limit), limit + 1) }
      product = min(product * sum, limit + 1)
    }
    return product
  }
}
