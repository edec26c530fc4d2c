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
  /// To the function's queue.
  package let delivery: TargetDelivery
}
