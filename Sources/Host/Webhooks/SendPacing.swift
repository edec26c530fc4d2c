/// When the next request may be sent, so that no second has more than allowed: pure.
struct SendPacing {
  private let interval: Duration
  private var next: ContinuousClock.Instant?

  /// - Parameter rate: requests a second, at least 1.
  init(rate: Int) {
    interval = .seconds(1) / max(1, rate)
  }

  /// Takes the next place. Returns when it is.
  mutating func take(at now: ContinuousClock.Instant) -> ContinuousClock.Instant {
    let place = max(now, next ?? now)
    next = place + interval
    return place
  }
}
