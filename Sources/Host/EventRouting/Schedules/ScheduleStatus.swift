/// A schedule as the console shows it. Times are seconds since 1970.
package struct ScheduleStatus: Sendable, Encodable, Equatable {
  package var name: String
  package var function: String
  /// As the template says it: `rate(1 hour)`.
  package var expression: String
  package var timeZone: String
  package var isEnabled: Bool
  /// `nil`: never again.
  package var next: Int64?
  /// Up to when what was due has been dealt with.
  package var handled: Int64?
}
