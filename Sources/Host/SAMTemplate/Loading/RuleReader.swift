import Core

/// Reads what `EventBridgeRule` events of functions and `AWS::Events::Rule` have in common.
struct RuleReader {
  let resolver: Resolver

  struct Match {
    let busName: String
    /// Resolved.
    let pattern: JSONValue
    let isEnabled: Bool
  }

  private var diagnostics: Diagnostics { resolver.diagnostics }

  /// Which events the rule is for.
  ///
  /// - Parameter patternName: the name of the property with the pattern.
  /// - Returns: `nil` without a pattern, which is then a problem.
  func match(_ section: PropertySection, patternName: String) -> Match? {
    let bus = section.string("EventBusName").map(EventBusName.name) ?? "default"
    let state = section.string("State", oneOf: ["ENABLED", "DISABLED"])
    guard section.required(patternName) != nil, let pattern = section.value(patternName) else { return nil }
    guard case .map = pattern.kind else {
      diagnostics.problem(pattern.origin, "must be a map, found \(pattern.shown)")
      return nil
    }
    return Match(busName: bus, pattern: pattern.json, isEnabled: state != "DISABLED")
  }

  func delivery(_ section: PropertySection) -> TargetDelivery {
    let transformer = section.value("InputTransformer")
    let retries = retries(section)
    let delivery = TargetDelivery(
      input: section.string("Input"), inputPath: section.string("InputPath"), inputTransformer: transformer?.json,
      maximumRetryAttempts: retries.attempts, maximumEventAgeSeconds: retries.ageSeconds,
      deadLetterQueue: section.section("DeadLetterConfig").flatMap(deadLetterQueue))
    let inputs = [delivery.input != nil, delivery.inputPath != nil, delivery.inputTransformer != nil]
    if inputs.filter(\.self).count > 1 {
      diagnostics.problem(section.node, "must have only one of Input, InputPath and InputTransformer")
    }
    return delivery
  }

  /// `RetryPolicy`; `nil` is what the template does not say.
  func retries(_ section: PropertySection) -> (attempts: Int?, ageSeconds: Int?) {
    guard let policy = section.section("RetryPolicy") else { return (nil, nil) }
    defer { policy.finish() }
    return (
      policy.int("MaximumRetryAttempts", in: 0...185), policy.int("MaximumEventAgeInSeconds", in: 60...86_400)
    )
  }

  private func deadLetterQueue(_ section: PropertySection) -> String? {
    defer { section.finish() }
    guard let arn = section.requiredString("Arn") else { return nil }
    return InvocationReader(resolver: resolver).queue(arn, section.node["Arn"] ?? section.node)
  }
}
