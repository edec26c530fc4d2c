/// Reads `AWS::Events::Rule`, whose targets are functions and API destinations.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html>
struct EventRuleReader {
  let resolver: Resolver

  private var diagnostics: Diagnostics { resolver.diagnostics }

  func read(_ entry: ResourceTable.Entry) -> EventRuleResource? {
    guard let name = resolver.resources.name(of: entry, resolver) else { return nil }
    let properties = PropertySection(entry.properties, resolver)
    defer { properties.finish() }
    properties.skip(["Name"])
    properties.ignore(["Description", "RoleArn", "Tags"])
    properties.refuse("ScheduleExpression", "cannot be honoured here: use a Schedule event of a function")
    let match = RuleReader(resolver: resolver).match(properties, patternName: "EventPattern")
    let targets = properties.sections("Targets").compactMap(target)
    if Set(targets.map(\.id)).count < targets.count {
      diagnostics.problem(properties.node["Targets"] ?? properties.node, "must have targets with different Ids")
    }
    guard let match else { return nil }
    return EventRuleResource(
      logicalID: entry.logicalID, name: name, busName: match.busName, pattern: match.pattern,
      isEnabled: match.isEnabled, targets: targets)
  }

  private func target(_ section: PropertySection) -> EventRuleResource.Target? {
    defer { section.finish() }
    // A permission, which nothing needs here.
    section.skip(["RoleArn"])
    let id = section.requiredString("Id")
    let delivery = RuleReader(resolver: resolver).delivery(section)
    section.refuse("HttpParameters", "cannot be honoured here: put them into the connection's InvocationHttpParameters")
    let arn = section.requiredString("Arn")
    guard let id, let arn, let recipient = recipient(arn, section) else { return nil }
    return EventRuleResource.Target(id: id, arn: arn, recipient: recipient, delivery: delivery)
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
}
