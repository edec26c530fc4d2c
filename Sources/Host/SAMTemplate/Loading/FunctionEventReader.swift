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
    let pattern = section.required("Pattern") == nil ? nil : section.value("Pattern")
    let name = section.string("RuleName") ?? function + id
    let bus = section.string("EventBusName").map(EventBusName.name) ?? "default"
    let state = section.string("State", oneOf: ["ENABLED", "DISABLED"])
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
    let deadLetters = section.section("DeadLetterConfig").flatMap(deadLetterQueue)
    // Names the target within its rule; nothing depends on it.
    section.skip(["Target"])
    section.finish()
    guard let pattern else { return nil }
    guard case .map = pattern.kind else {
      diagnostics.problem(pattern.origin, "must be a map, found \(pattern.shown)")
      return nil
    }
    return RuleResource(
      name: name, functionLogicalID: function, busName: bus, pattern: pattern.json, isEnabled: state != "DISABLED",
      input: input, inputPath: inputPath, inputTransformer: transformer?.json, maximumRetryAttempts: attempts,
      maximumEventAgeSeconds: age,
      deadLetterQueue: deadLetters)
  }

  private func deadLetterQueue(_ section: PropertySection) -> String? {
    defer { section.finish() }
    guard let arn = section.requiredString("Arn") else { return nil }
    return InvocationReader(resolver: resolver).queue(arn, section.node["Arn"] ?? section.node)
  }
}
