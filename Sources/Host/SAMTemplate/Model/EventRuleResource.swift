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
    /// JSON text that the target receives instead of the event.
    package let input: String?
    /// Part of the event that the target receives, as `$.detail`.
    package let inputPath: String?
    package let inputTransformer: JSONValue?
    /// 0 … 185; `nil`: 185.
    package let maximumRetryAttempts: Int?
    /// 60 … 86,400 s; `nil`: 86,400.
    package let maximumEventAgeSeconds: Int?
    /// Logical id of the queue for events that could not be delivered.
    package let deadLetterQueue: String?
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
