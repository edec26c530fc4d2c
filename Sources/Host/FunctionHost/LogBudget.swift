/// A token bucket over bytes of log: pure, time is a parameter.
package struct LogBudget {
  let capacity: Int
  let perSecond: Int
  private var available: Double
  private var updated: ContinuousClock.Instant?

  package init(capacity: Int, perSecond: Int) {
    self.capacity = capacity
    self.perSecond = perSecond
    available = Double(capacity)
  }

  /// Whether `bytes` may be kept; they are charged if so.
  package mutating func spend(_ bytes: Int, now: ContinuousClock.Instant) -> Bool {
    if let updated {
      let seconds = max(0, (now - updated).milliseconds / 1000)
      available = min(Double(capacity), available + seconds * Double(perSecond))
    }
    updated = now
    guard available >= Double(bytes) else { return false }
    available -= Double(bytes)
    return true
  }
}
