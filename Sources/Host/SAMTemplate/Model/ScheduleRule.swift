package import Schedules

/// A `Schedule` or `ScheduleV2` event of a function.
package struct ScheduleRule: Sendable, Equatable {
  /// The service that fires it on AWS; it decides what the default event says.
  package enum Kind: Sendable, Equatable {
    /// `Schedule`: a rule of the default event bus.
    case rule
    /// `ScheduleV2`: a schedule of EventBridge Scheduler, in its group.
    case scheduler(group: String)
  }

  /// `Name`, or the function's and the event's logical ids one after the other, as SAM names it.
  package let name: String
  package let arn: String
  package let kind: Kind
  /// The function that is invoked.
  package let functionLogicalID: String
  package let expression: ScheduleExpression
  /// A name of the time zone database, default `UTC`.
  package let timeZone: String
  package let isEnabled: Bool
  /// JSON text that the function receives instead of the default event; `<aws.scheduler.scheduled-time>` and its like
  /// are for the scheduler to replace.
  package let input: String?
  /// Seconds since 1970; nothing is due before. `nil`: no bound.
  package let startDate: Int64?
  /// Seconds since 1970; nothing is due after. `nil`: no bound.
  package let endDate: Int64?
}
