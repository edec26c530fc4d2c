/// Reads a whole template: sections, resource table, then every resource.
struct TemplateLoader {
  private let template: TemplateNode
  private let diagnostics = Diagnostics()
  private let pseudo: PseudoParameters

  init(_ template: TemplateNode, pseudo: PseudoParameters) {
    self.template = template
    self.pseudo = pseudo
  }

  func load(overrides: [String: String]) throws(TemplateError) -> Template {
    guard template.members != nil, template.intrinsic == nil else {
      throw TemplateError(problems: [
        .init(
          path: "", line: template.line,
          message: "the template must be a map with the section Resources, found \(template.shown)")
      ])
    }
    checkSections()
    let parameters = ParameterReader(diagnostics: diagnostics).read(template["Parameters"], overrides: overrides)
    let resources = ResourceTable(resourceEntries() + implicitAPI())
    let resolver = Resolver(
      template: template, parameters: parameters, resources: resources, pseudo: pseudo, diagnostics: diagnostics)
    for entry in resources.entries {
      checkAttributes(of: entry)
      if !resources.isActive(entry, resolver) { diagnostics.note(entry.node, "is left out by its condition") }
    }

    let bucketReader = BucketReader(resolver: resolver)
    let buckets = resources.active(.bucket, resolver).compactMap(bucketReader.read)
    let queues = resources.active(.queue, resolver).compactMap(QueueReader(resolver: resolver).read)
    let apis = HTTPAPIReader(resolver: resolver, globals: template["Globals"]?["HttpApi"]).read(
      isImplicitUsed: usesImplicitAPI(resources.active(.function, resolver).map(\.node)))
    noteUnusedGlobals()
    let functionReader = FunctionReader(
      resolver: resolver, globals: template["Globals"]?["Function"], triggers: buckets.flatMap(\.triggers), apis: apis)
    let functions = resources.active(.function, resolver).compactMap(functionReader.read)

    let connections = resources.active(.connection, resolver).compactMap(ConnectionReader(resolver: resolver).read)
    let destinations = resources.active(.apiDestination, resolver).compactMap(
      APIDestinationReader(resolver: resolver, connections: connections).read)
    let eventRules = resources.active(.rule, resolver).compactMap(EventRuleReader(resolver: resolver).read)

    checkUnique(buckets.map { ($0.resource.bucketName, $0.resource.logicalID) }, "BucketName")
    checkUnique(queues.map { ($0.queueName, $0.logicalID) }, "QueueName")
    checkUnique(functions.map { ($0.functionName, $0.logicalID) }, "FunctionName")
    checkUnique(destinations.map { ($0.name, $0.logicalID) }, "Name")
    checkRoutes(functions)
    checkSchedules(functions)
    try diagnostics.throwIfAny()
    return Template(
      functions: functions, buckets: buckets.map(\.resource), queues: queues,
      apis: apis.values.map(\.resource).sorted { $0.logicalID < $1.logicalID }, apiDestinations: destinations,
      eventRules: eventRules, notes: diagnostics.notes,
      parameters: parameters.mapValues(\.text))
  }

  /// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy.html>
  private func checkSections() {
    for member in template.members ?? [] {
      switch member.key {
      case "Parameters", "Mappings", "Conditions", "Globals", "Resources":
        if member.value.members == nil {
          diagnostics.problem(member.value, "must be a map, found \(member.value.shown)")
        }
      case "AWSTemplateFormatVersion":
        if member.value.text != "2010-09-09" {
          diagnostics.problem(member.value, "must be '2010-09-09', found \(member.value.shown)")
        }
      case "Transform": break
      case "Outputs": diagnostics.note(member.value, "is not used locally")
      case "Description", "Metadata": break
      default: diagnostics.problem(member.value, "is a section that cannot be honoured here")
      }
    }
    let transform = template["Transform"]
    let names = transform.map { $0.text.map { [$0] } ?? $0.elements?.compactMap(\.text) ?? [] } ?? []
    if names != ["AWS::Serverless-2016-10-31"] {
      diagnostics.problem(
        path: "Transform", line: transform?.line,
        "must be 'AWS::Serverless-2016-10-31' and nothing else, found \(transform?.shown ?? "nothing")")
    }
    if template["Resources"] == nil { diagnostics.problem(template, "the template must have the section Resources") }
  }

  /// The parts of `Globals` that concern neither functions nor HTTP APIs concern resources which are problems anyway.
  private func noteUnusedGlobals() {
    for member in template["Globals"]?.members ?? [] where !["Function", "HttpApi"].contains(member.key) {
      diagnostics.note(member.value, "is not used locally")
    }
  }

  private func usesImplicitAPI(_ functions: [TemplateNode]) -> Bool {
    functions.contains { function in
      (function["Properties"]?["Events"]?.members ?? []).contains { event in
        event.value["Type"]?.text == "HttpApi" && HTTPRouteReader.apiNode(event.value) == nil
      }
    }
  }

  /// All APIs share one port, so a route may stand in one of them only. Parameters match whatever their names are.
  private func checkRoutes(_ functions: [FunctionResource]) {
    var owners: [String: String] = [:]
    for function in functions {
      for route in function.routes {
        let segments = route.path.split(separator: "/", omittingEmptySubsequences: false).map { segment in
          segment.hasSuffix("+}") ? "{+}" : segment.hasSuffix("}") ? "{}" : segment
        }
        let place = "Resources.\(function.logicalID).Properties.Events.\(route.id)"
        let key = route.isDefault ? route.path : "\(route.method) \(segments.joined(separator: "/"))"
        guard let owner = owners.updateValue(place, forKey: key) else { continue }
        let node = template["Resources"]?[function.logicalID]?["Properties"]?["Events"]?[route.id]
        diagnostics.problem(
          path: place, line: node?.line, "has the route '\(route.routeKey)', which \(owner) has as well")
      }
    }
  }

  private func checkSchedules(_ functions: [FunctionResource]) {
    var owners: [String: String] = [:]
    for schedule in functions.flatMap(\.schedules) {
      guard let owner = owners.updateValue(schedule.functionLogicalID, forKey: schedule.arn) else { continue }
      diagnostics.problem(
        path: "Resources.\(schedule.functionLogicalID).Properties.Events", line: nil,
        "has the schedule '\(schedule.name)', which \(owner) has as well")
    }
  }

  /// `Ref` may name the API that SAM makes, too.
  private func implicitAPI() -> [ResourceTable.Entry] {
    let functions = (template["Resources"]?.members ?? []).map(\.value).filter { resource in
      resource["Type"]?.text == "AWS::Serverless::Function"
    }
    guard usesImplicitAPI(functions), template["Resources"]?[HTTPAPIReader.implicitID] == nil else { return [] }
    let node = TemplateNode(kind: .mapping([]), path: "Resources.\(HTTPAPIReader.implicitID)", line: nil)
    return [
      .init(logicalID: HTTPAPIReader.implicitID, type: "AWS::Serverless::HttpApi", kind: .httpAPI, node: node)
    ]
  }

  private func resourceEntries() -> [ResourceTable.Entry] {
    (template["Resources"]?.members ?? []).compactMap { member in
      let node = member.value
      guard ResourceName.isLogicalID(member.key) else {
        diagnostics.problem(node, "must have a name of \(ResourceName.logicalIDForm)")
        return nil
      }
      guard let type = node["Type"]?.text else {
        diagnostics.problem(node, "must have a Type, found \(node["Type"]?.shown ?? "nothing")")
        return nil
      }
      guard let kind = ResourceTable.Kind(type: type) else {
        diagnostics.problem(node, "has the type \(type), which cannot be honoured here")
        return nil
      }
      if kind == .ignored { diagnostics.note(node, "(\(type)) is not used locally") }
      return .init(logicalID: member.key, type: type, kind: kind, node: node)
    }
  }

  /// Attributes of a resource that leave what it does as it is.
  private static let attributes: Set<String> = [
    "Type", "Properties", "Metadata", "Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy",
  ]

  private func checkAttributes(of entry: ResourceTable.Entry) {
    for member in entry.node.members ?? [] {
      if !Self.attributes.contains(member.key) {
        diagnostics.problem(member.value, "cannot be honoured here")
      } else if member.key == "Properties", member.value.members == nil {
        diagnostics.problem(member.value, "must be a map, found \(member.value.shown)")
      }
    }
    if ![.function, .bucket, .apiDestination].contains(entry.kind),
      let metadata = entry.node["Metadata"]?["Zoetrope"]
    {
      diagnostics.problem(metadata, "is for functions, buckets and API destinations only")
    }
  }

  private func checkUnique(_ names: [(name: String, logicalID: String)], _ property: String) {
    var owners: [String: String] = [:]
    for (name, logicalID) in names {
      if let owner = owners.updateValue(logicalID, forKey: name) {
        diagnostics.problem(
          path: "Resources.\(logicalID)", line: template["Resources"]?[logicalID]?.line,
          "has the \(property) '\(name)', which \(owner) has as well")
      }
    }
  }
}

extension ResourceTable.Kind {
  /// `nil` for what cannot be honoured here.
  init?(type: String) {
    switch type {
    case "AWS::Serverless::Function": self = .function
    case "AWS::S3::Bucket": self = .bucket
    case "AWS::SQS::Queue": self = .queue
    case "AWS::Serverless::HttpApi": self = .httpAPI
    case "AWS::Events::Connection": self = .connection
    case "AWS::Events::ApiDestination": self = .apiDestination
    case "AWS::Events::Rule": self = .rule
    default:
      guard Self.harmless.contains(type) || type.hasPrefix("AWS::IAM::") else { return nil }
      self = .ignored
    }
  }

  /// Permissions, logs, alarms and layers: nothing that they do can be missed on one machine.
  private static let harmless: Set<String> = [
    "AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::Lambda::Permission", "AWS::Lambda::LayerVersion",
    "AWS::Lambda::LayerVersionPermission", "AWS::Serverless::LayerVersion", "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter", "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Dashboard", "AWS::Events::EventBusPolicy",
  ]
}
