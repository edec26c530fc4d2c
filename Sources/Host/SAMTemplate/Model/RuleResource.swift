package import Core

/// An `EventBridgeRule` event of a function.
package struct RuleResource: Sendable, Equatable {
  /// `RuleName`, or the function's and the event's logical ids one after the other, as SAM names it.
  package let name: String
  /// The function that is the rule's target.
  package let functionLogicalID: String
  /// Default `default`.
  package let busName: String
  /// Resolved; whether it is a valid event pattern is for the bus to say.
  package let pattern: JSONValue
  package let isEnabled: Bool
  /// JSON text that the function receives instead of the event.
  package let input: String?
  /// Part of the event that the function receives, as `$.detail`.
  package let inputPath: String?
  /// `InputPathsMap` and `InputTemplate`, as they are written; whether they are of their form is for the bus to say.
  package let inputTransformer: JSONValue?
  /// Of the delivery to the function's queue, 0 … 185; `nil`: the bus's default.
  package let maximumRetryAttempts: Int?
  /// Of the delivery to the function's queue, 60 … 86,400 s; `nil`: the bus's default.
  package let maximumEventAgeSeconds: Int?
  /// Logical id of the queue for events that could not be delivered.
  package let deadLetterQueue: String?
}
