import Synchronization

/// How many wrong passwords are looked at, altogether and from one address, within a minute.
struct FailureBudget: Sendable {
  private static let window = Duration.seconds(60)
  private static let perAddress = 5
  private static let total = 30

  private var failures: [(address: String, at: ContinuousClock.Instant)] = []

  /// Whether a password from there is looked at.
  mutating func admits(_ address: String, now: ContinuousClock.Instant) -> Bool {
    failures.removeAll { now - $0.at >= Self.window }
    return failures.count < Self.total && failures.count(where: { $0.address == address }) < Self.perAddress
  }

  mutating func failed(_ address: String, now: ContinuousClock.Instant) {
    // `admits` comes first, so there are never more than `total` and those under way.
    failures.append((address, now))
  }
}
