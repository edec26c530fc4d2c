/// Counts of durations in fixed classes, as Prometheus' histograms have them.
package struct Histogram: Sendable, Codable, Equatable {
  /// Upper ends of the classes, seconds; what is longer is in none.
  package static let bounds = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
  ]

  package private(set) var buckets = [UInt64](repeating: 0, count: Self.bounds.count)
  package private(set) var count: UInt64 = 0
  package private(set) var sum = 0.0

  package init() {}

  package mutating func add(_ seconds: Double) {
    if let bucket = Self.bounds.firstIndex(where: { seconds <= $0 }) { buckets[bucket] += 1 }
    count += 1
    sum += seconds
  }

  /// An estimate of the value that the share `share` of all values does not exceed: linear within a class, as Prometheus'
  /// `histogram_quantile`.
  ///
  /// - Parameter share: 0 ... 1.
  /// - Returns: seconds, at most the last class's end; `nil` without values.
  package func quantile(_ share: Double) -> Double? {
    guard count > 0 else { return nil }
    let rank = share * Double(count)
    var below: UInt64 = 0
    for (index, number) in buckets.enumerated() where number > 0 {
      if Double(below + number) >= rank {
        let start = index == 0 ? 0 : Self.bounds[index - 1]
        return start + (Self.bounds[index] - start) * max(0, rank - Double(below)) / Double(number)
      }
      below += number
    }
    return Self.bounds.last
  }
}
