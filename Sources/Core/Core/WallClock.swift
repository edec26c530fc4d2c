package import FoundationEssentials
import Synchronization

/// The time of day as a value that tests replace. Durations are measured with `ContinuousClock`, never with this.
package struct WallClock: Sendable {
  package let now: @Sendable () -> Date

  package init(now: @escaping @Sendable () -> Date) {
    self.now = now
  }

  package static let system = WallClock { Date() }

  /// A clock that goes on where the other one steps back: for moments that are compared with each other, such as when a
  /// retry is due. Forward steps it follows.
  package static func steady(_ clock: WallClock = .system) -> WallClock {
    let last = Mutex((date: clock.now(), instant: ContinuousClock.now))
    return WallClock {
      last.withLock { last in
        let (date, instant) = (clock.now(), ContinuousClock.now)
        last = (max(date, last.date.addingTimeInterval((instant - last.instant) / .seconds(1))), instant)
        return last.date
      }
    }
  }

  /// Always the same instant.
  package static func fixed(_ date: Date) -> WallClock { WallClock { date } }
}

extension Date {
  /// Milliseconds since 1970-01-01T00:00:00Z, as AWS's events write times.
  package var millisecondsSince1970: Int64 { Int64((timeIntervalSince1970 * 1000).rounded()) }

  package init(millisecondsSince1970 milliseconds: Int64) {
    self.init(timeIntervalSince1970: Double(milliseconds) / 1000)
  }

  /// `2026-11-21T14:20:00Z`, or with milliseconds `2026-11-21T14:20:00.123Z`.
  package func iso8601(milliseconds: Bool = false) -> String {
    guard milliseconds else { return formatted(Date.ISO8601FormatStyle()) }
    // The style cuts off instead of rounding, which turns most whole milliseconds into the one before.
    let middle = Date(timeIntervalSince1970: (Double(millisecondsSince1970) + 0.5) / 1000)
    return middle.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }

  package init?(iso8601 text: String) {
    for fractional in [false, true] {
      if let date = try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: fractional)) {
        self = date
        return
      }
    }
    return nil
  }
}
