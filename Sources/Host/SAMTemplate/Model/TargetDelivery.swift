package import Core

/// What a rule's target receives of an event, and what becomes of one that cannot be delivered.
package struct TargetDelivery: Sendable, Equatable {
  /// JSON text that the target receives instead of the event.
  package var input: String?
  /// Part of the event that the target receives, as `$.detail`.
  package var inputPath: String?
  /// `InputPathsMap` and `InputTemplate`, as they are written; whether they are of their form is for the bus to say.
  package var inputTransformer: JSONValue?
  /// 0 … 185; `nil`: the bus's default.
  package var maximumRetryAttempts: Int?
  /// 60 … 86,400 s; `nil`: the bus's default.
  package var maximumEventAgeSeconds: Int?
  /// Logical id of the queue for events that could not be delivered.
  package var deadLetterQueue: String?
}
