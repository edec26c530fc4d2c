/// `{"numeric": [">", 0, "<=", 5]}`; equality is a range of one value.
struct NumericRange: Sendable {
  struct Bound: Sendable {
    let value: Double
    let isIncluded: Bool
  }

  /// What EventBridge compares: -5 × 10⁹ to 5 × 10⁹.
  static let comparable = -5.0e9...5.0e9

  let lower: Bound?
  let upper: Bound?

  func contains(_ value: Double) -> Bool {
    if let lower, !(lower.isIncluded ? value >= lower.value : value > lower.value) { return false }
    if let upper, !(upper.isIncluded ? value <= upper.value : value < upper.value) { return false }
    return true
  }
}
