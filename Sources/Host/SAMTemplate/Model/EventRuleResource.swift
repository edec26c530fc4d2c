package import Core

/// An `AWS::Events::Rule`.
package struct EventRuleResource: Sendable, Equatable {
  package struct Target: Sendable, Equatable {
    package enum Recipient: Sendable, Equatable {
      case function(logicalID: String)
      case apiDestination(logicalID: String)
    }

    /// Unique within the rule.
    package let id: String
    package let arn: String
    package let recipient: Recipient
    package let delivery: TargetDelivery
  }

  package let logicalID: String
  /// `Name`, or the logical id.
  package let name: String
  /// Default `default`.
  package let busName: String
  /// Resolved; whether it is a valid event pattern is for the bus to say.
  package let pattern: JSONValue
  package let isEnabled: Bool
  package let targets: [Target]
}
