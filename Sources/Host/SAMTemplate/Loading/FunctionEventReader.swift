/// Reads a function's `Events`.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html>
struct FunctionEventReader {
  let resolver: Resolver
  /// Logical id.
  let function: String
  let apis: [String: HTTPAPIReader.API]

  struct Events {
    var s3: [S3Trigger] = []
    var rules: [RuleResource] = []
    var routes: [HTTPRoute] = []
    var schedules: [ScheduleRule] = []
  }

  private var diagnostics: Diagnostics { resolver.diagnostics }

  func read(_ properties: PropertySection) -> Events {
    var found = Events()
    guard let events = properties.section("Events") else { return found }
    for member in events.node.members ?? [] {
      guard let event = events.section(member.key) else { continue }
      let type = event.requiredString("Type")
      if type == "HttpApi" {
        let section = event.section("Properties")
        event.finish()
        let route = HTTPRouteReader(resolver: resolver, apis: apis).read(member.key, section, event: event.node)
        route.map { found.routes.append($0) }
        continue
      }
      let section = event.required("Properties") == nil ? nil : event.section("Properties")
      event.finish()
      guard let type, let section else { continue }
      let schedules = ScheduleReader(resolver: resolver, function: function)
      switch type {
      case "S3": s3(member.key, section).map { found.s3.append($0) }
      case "EventBridgeRule": rule(member.key, section).map { found.rules.append($0) }
      case "Schedule": schedules.rule(member.key, section).map { found.schedules.append($0) }
      case "ScheduleV2": schedules.schedule(member.key, section).map { found.schedules.append($0) }
      case "Api":
        diagnostics.problem(event.node, "has the type Api (a REST API), which cannot be honoured here: use HttpApi")
      case "CloudWatchEvent":
        diagnostics.problem(event.node, "has the type CloudWatchEvent, which is an old name: use EventBridgeRule")
      default: diagnostics.problem(event.node, "has the type \(type), which cannot be honoured here")
      }
    }
    return found
  }

  private func s3(_ id: String, _ section: PropertySection) -> S3Trigger? {
    let filters = S3FilterReader(diagnostics: diagnostics)
    let bucket = bucket(section)
    let events = filters.events(section, "Events")
    let (prefix, suffix) = filters.keyFilter(section)
    section.finish()
    guard let bucket, let name = resolver.resources.name(of: bucket, resolver), let events else { return nil }
    return S3Trigger(
      id: id, bucketLogicalID: bucket.logicalID, bucketName: name, events: events, prefix: prefix, suffix: suffix)
  }

  /// SAM wants a reference to a bucket of the same template, never a name.
  private func bucket(_ section: PropertySection) -> ResourceTable.Entry? {
    guard let node = section.required("Bucket") else { return nil }
    guard let (name, argument) = node.intrinsic, name == "Ref", let logicalID = argument.text,
      let entry = resolver.resources.entry(logicalID, .bucket, resolver)
    else {
      diagnostics.problem(node, "must be !Ref NAME of a bucket of this template")
      return nil
    }
    return entry
  }

  private func rule(_ id: String, _ section: PropertySection) -> RuleResource? {
    let rules = RuleReader(resolver: resolver)
    let name = section.string("RuleName") ?? function + id
    let match = rules.match(section, patternName: "Pattern")
    let delivery = rules.delivery(section)
    // Names the target within its rule; nothing depends on it.
    section.skip(["Target"])
    section.finish()
    guard let match else { return nil }
    return RuleResource(
      name: name, functionLogicalID: function, busName: match.busName, pattern: match.pattern,
      isEnabled: match.isEnabled, delivery: delivery)
  }
}
