/// How far a job is, and how long it may take: the one formula for what records of its parts add up to. Pure.
package struct ProgressEstimate: Sendable, Equatable {
  /// A part that has begun.
  package struct Part: Sendable, Equatable {
    package let done: Double
    package let total: Double
    /// Milliseconds since 1970.
    package let startedAt: Double?

    /// - Parameters:
    ///   - done, total: in one unit for all parts of a job; what is impossible is brought into 0 … `total`.
    ///   - isComplete: all of it is done, whatever `done` says.
    package init(done: Double, total: Double, isComplete: Bool, startedAt: Double?) {
      self.total = max(0, total)
      self.done = isComplete ? self.total : min(self.total, max(0, done))
      self.startedAt = startedAt
    }
  }

  /// 0 … 99: a job is over when its document says so.
  package let percent: Int
  /// Whole seconds that are left, at least 1; nil until there is something to judge by.
  package let secondsLeft: Int?

  /// - Parameters:
  ///   - parts: those that have begun. The others count as nothing done of an average part.
  ///   - count: of all parts.
  ///   - now: milliseconds since 1970.
  package init(_ parts: some Sequence<Part>, of count: Int, now: Double) {
    let begun = parts.filter { $0.total > 0 }
    let known = begun.reduce(0) { $0 + $1.total }
    guard known > 0, known.isFinite else {
      (percent, secondsLeft) = (0, nil)
      return
    }
    let whole = known / Double(begun.count) * Double(max(count, begun.count))
    let share = min(1, begun.reduce(0) { $0 + $1.done } / whole)
    percent = min(99, Int(share * 100))
    guard let start = begun.compactMap(\.startedAt).min(), share > 0, now > start else {
      secondsLeft = nil
      return
    }
    secondsLeft = max(1, Int(min(1e9, (now - start) / 1000 * (1 - share) / share).rounded(.up)))
  }
}
