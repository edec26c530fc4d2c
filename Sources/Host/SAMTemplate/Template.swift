import Core

/// A SAM template as far as one machine can honour it; what it cannot is an error, never skipped silently.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html>
package struct Template: Sendable {
  /// In the order of the template.
  package let functions: [FunctionResource]
  package let buckets: [BucketResource]
  package let queues: [QueueResource]
  /// With the implicit one if an event uses it.
  package let apis: [HTTPAPIResource]
  /// Webhooks.
  package let apiDestinations: [APIDestinationResource]
  /// Rules that are resources of their own, beside those of the functions.
  package let eventRules: [EventRuleResource]
  /// What was accepted and is not used locally.
  package let notes: [TemplateNote]
  /// The values that the parameters have after defaults and overrides.
  package let parameters: [String: String]

  /// Every rule of every function.
  package var rules: [RuleResource] { functions.flatMap(\.rules) }

  /// Every schedule of every function.
  package var schedules: [ScheduleRule] { functions.flatMap(\.schedules) }
}
