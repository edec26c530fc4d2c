/// Picks among lanes in proportion to their weights, as evenly as possible (smooth weighted round robin): pure.
///
/// A lane that sits out while it has nothing to do gains no claim on later slots.
package struct WeightedPick<Name: Hashable & Comparable> {
  private var credit: [Name: Int] = [:]

  package init() {}

  /// The lane whose turn it is; nil without lanes.
  package mutating func next(among lanes: [(name: Name, weight: Int)]) -> Name? {
    guard let first = lanes.first else { return nil }
    if lanes.count == 1 { return first.name }
    credit = credit.filter { entry in lanes.contains { $0.name == entry.key } }
    var total = 0
    var best = first.name
    var bestCredit = Int.min
    for lane in lanes {
      let value = credit[lane.name, default: 0] + lane.weight
      credit[lane.name] = value
      total += lane.weight
      if value > bestCredit || (value == bestCredit && lane.name < best) {
        best = lane.name
        bestCredit = value
      }
    }
    credit[best, default: 0] -= total
    return best
  }
}
