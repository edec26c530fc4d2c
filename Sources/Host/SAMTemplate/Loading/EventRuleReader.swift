/// Reads `AWS::Events::Rule`, whose targets are functions and API destinations.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html>
struct EventRuleReader {
  let resolver: Resolver

  private var diagnostics: Diagnostics { resolver.diagnostics }

  func read(_ entry: ResourceTable.Entry) -> EventRuleResource? {
    guard let name = resolver.resources.name(of: entry, resolver) else { return nil }
    let node =
      entry.node["Properties"]
      ?? TemplateNode(kind: .mapping([]), path: "\(entry.node.path).Properties", line: entry.node.line)
    let properties = PropertySection(node, resolver)
    defer { properties.finish() }
    properties.skip(["Name"])
    properties.ignore(["Description", "RoleArn", "Tags"])
    properties.refuse("ScheduleExpression", "cannot be honoured here: use a Schedule event of a function")
    let bus = properties.string("EventBusName").map(EventBusName.name) ?? "default"
    let state = properties.string("State", oneOf: ["ENABLED", "DISABLED"])
    let pattern = properties.required("EventPattern") == nil ? nil : properties.value("EventPattern")
    let targets = properties.sections("Targets").compactMap(target)
    if Set(targets.map(\.id)).count < targets.count {
      diagnostics.problem(properties.node["Targets"] ?? properties.node, "must have targets with different Ids")
    }
    guard let pattern else { return nil }
    guard case .map = pattern.kind else {
      diagnostics.problem(pattern.origin, "must be a map, found \(pattern.shown)")
      return nil
    }
    return EventRuleResource(
      logicalID: entry.logicalID, name: name, busName: bus, pattern: pattern.json, isEnabled: state != "DISABLED",
      targets: targets)
  }

  private func target(_ section: PropertySection) -> EventRuleResource.Target? {
    defer { section.finish() }
    // A permission, which nothing needs here.
    section.skip(["RoleArn"])
    let id = section.requiredString("Id")
    let input = section.string("Input")
    let inputPath = section.string("InputPath")
    let transformer = section.value("InputTransformer")
    if [input != nil, inputPath != nil, transformer != nil].filter(\.self).count > 1 {
      diagnostics.problem(section.node, "must have only one of Input, InputPath and InputTransformer")
    }
    var attempts: Int?
    var age: Int?
    if let retries = section.section("RetryPolicy") {
      attempts = retries.int("MaximumRetryAttempts", in: 0...185)
      age = retries.int("MaximumEventAgeInSeconds", in: 60...86_400)
      retries.finish()
    }
    section.refuse("HttpParameters", "cannot be honoured here: put them into the connection's InvocationHttpParameters")
    let deadLetters = section.section("DeadLetterConfig").flatMap(deadLetterQueue)
    guard let id, let arn = section.requiredString("Arn"), let recipient = recipient(arn, section) else { return nil }
    return EventRuleResource.Target(
      id: id, arn: arn, recipient: recipient, input: input, inputPath: inputPath, inputTransformer: transformer?.json,
      maximumRetryAttempts: attempts, maximumEventAgeSeconds: age, deadLetterQueue: deadLetters)
  }

  private func recipient(_ arn: String, _ section: PropertySection) -> EventRuleResource.Target.Recipient? {
    if let id = resolver.resources.logicalID(arn: arn, .function, resolver) { return .function(logicalID: id) }
    if let id = resolver.resources.logicalID(arn: arn, .apiDestination, resolver) {
      return .apiDestination(logicalID: id)
    }
    diagnostics.problem(
      section.node["Arn"] ?? section.node,
      "must be !GetAtt NAME.Arn of a function or an API destination of this template, found '\(arn)'")
    return nil
  }

  private func deadLetterQueue(_ section: PropertySection) -> String? {
    defer { section.finish() }
    guard let arn = section.requiredString("Arn") else { return nil }
    return InvocationReader(resolver: resolver).queue(arn, section.node["Arn"] ?? section.node)
  }
}
