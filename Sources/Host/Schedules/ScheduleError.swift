import Core

/// A schedule expression or time zone that cannot be honoured.
package struct ScheduleError: ClassifiedError, Equatable {
  /// What it must be and what was found; reads on after the name of a property.
  package let message: String
  package var code: String { "InvalidSchedule" }
  package var isRetryable: Bool { false }

  init(_ message: String) {
    self.message = message
  }
}
