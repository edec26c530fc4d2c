/// Reads what becomes of a function's asynchronous invocations: `EventInvokeConfig` and `DeadLetterQueue`.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventinvokeconfiguration.html>
struct InvocationReader {
  let resolver: Resolver

  struct Settings {
    var maximumRetryAttempts: Int?
    var maximumEventAgeSeconds: Int?
    var onSuccess: Destination?
    var onFailure: Destination?
    var deadLetterQueue: String?
  }

  func read(_ properties: PropertySection) -> Settings {
    var settings = Settings()
    if let section = properties.section("EventInvokeConfig") {
      settings.maximumRetryAttempts = section.int("MaximumRetryAttempts", in: 0...2)
      settings.maximumEventAgeSeconds = section.int("MaximumEventAgeInSeconds", in: 60...21_600)
      if let destinations = section.section("DestinationConfig") {
        settings.onSuccess = destinations.section("OnSuccess").flatMap(destination)
        settings.onFailure = destinations.section("OnFailure").flatMap(destination)
        destinations.finish()
      }
      section.finish()
    }
    if let section = properties.section("DeadLetterQueue") {
      let type = section.requiredString("Type", oneOf: ["SQS"])
      if let arn = section.requiredString("TargetArn"), type != nil {
        settings.deadLetterQueue = queue(arn, section.node["TargetArn"] ?? section.node)
      }
      section.finish()
    }
    return settings
  }

  /// The queue of the template with that ARN; anything else is a problem.
  func queue(_ arn: String, _ node: TemplateNode) -> String? {
    let logicalID = resolver.resources.logicalID(arn: arn, .queue, resolver)
    if logicalID == nil {
      resolver.diagnostics.problem(node, "must be !GetAtt NAME.Arn of a queue of this template, found '\(arn)'")
    }
    return logicalID
  }

  private func destination(_ section: PropertySection) -> Destination? {
    defer { section.finish() }
    let type = section.requiredString("Type", oneOf: ["SQS", "Lambda", "EventBridge"])
    guard let arn = section.requiredString("Destination") else { return nil }
    let node = section.node["Destination"] ?? section.node
    switch type {
    case "SQS": return queue(arn, node).map { .queue(logicalID: $0) }
    case "Lambda":
      if let logicalID = resolver.resources.logicalID(arn: arn, .function, resolver) {
        return .function(logicalID: logicalID)
      }
      resolver.diagnostics.problem(node, "must be !GetAtt NAME.Arn of a function of this template, found '\(arn)'")
      return nil
    case "EventBridge": return .eventBus(name: EventBusName.name(of: arn))
    default: return nil
    }
  }
}

/// Buses are named by their name or their ARN.
enum EventBusName {
  static func name(of text: String) -> String {
    guard text.hasPrefix("arn:"), let slash = text.lastIndex(of: "/") else { return text }
    return String(text[text.index(after: slash)...])
  }
}
