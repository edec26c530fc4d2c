import Core

/// The values that one field may have: any of them suffices.
struct LeafPattern: Sendable {
  var exact: Set<ExactValue> = []
  var tests: [ScalarTest] = []
  var allowsAbsence = false

  /// An array of the event is met where any of its elements is (the intersection is not empty). Objects are not values:
  /// a field that holds only objects, or an empty array, counts as absent.
  func evaluate(_ value: JSONValue?) -> PatternOutcome {
    switch scan(value) {
    case nil: allowsAbsence ? .absent : .no
    case true?: .present
    case false?: .no
    }
  }

  /// `nil` without a value.
  private func scan(_ value: JSONValue?) -> Bool? {
    switch value {
    case nil, .object: return nil
    case .array(let elements):
      var found: Bool?
      for element in elements {
        guard let outcome = scan(element) else { continue }
        if outcome { return true }
        found = false
      }
      return found
    case let scalar?:
      return exact.contains(ExactValue(scalar)) || tests.contains { $0.matches(scalar) }
    }
  }
}
