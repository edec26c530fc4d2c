import Core
package import FoundationEssentials

/// A time in the past as a person gives it: how long ago (`90s`, `10m`, `2h`, `3d`), or when (`2026-11-27T10:00:00Z`).
package enum PastTime {
  /// - Returns: nil if it is neither.
  package static func parse(_ text: String, now: Date) -> Date? {
    if let date = Date(iso8601: text) { return date }
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    guard let unit = text.last.flatMap({ units[$0] }), let count = Double(text.dropLast()), count >= 0, count.isFinite
    else { return nil }
    return now.addingTimeInterval(-count * unit)
  }
}
