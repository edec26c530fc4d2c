/// Reads `AWS::Serverless::HttpApi`, with the globals merged into its properties, and makes the implicit API.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-httpapi.html>
struct HTTPAPIReader {
  /// The logical id of the API that SAM makes for events that name none.
  static let implicitID = "ServerlessHttpApi"

  let resolver: Resolver
  /// `Globals.HttpApi`.
  let globals: TemplateNode?

  struct API {
    let resource: HTTPAPIResource
    /// Whether routes may ask for signed requests.
    let allowsIAM: Bool
    /// Of routes that do not say.
    let defaultAuthorization: HTTPRoute.Authorization
  }

  private static let unused: Set<String> = [
    "AccessLogSettings", "Description", "DisableExecuteApiEndpoint", "Domain", "FailOnWarnings", "Name",
    "PropagateTags", "Tags",
  ]

  /// - Parameter isImplicitUsed: whether an event names no API.
  func read(isImplicitUsed: Bool) -> [String: API] {
    var apis: [String: API] = [:]
    for entry in resolver.resources.active(.httpAPI, resolver) where entry.node["Type"] != nil {
      let own = entry.properties
      apis[entry.logicalID] = read(entry.logicalID, globals.map(own.merged) ?? own)
    }
    if isImplicitUsed, apis[Self.implicitID] == nil {
      let node = globals ?? TemplateNode(kind: .mapping([]), path: "Globals.HttpApi", line: nil)
      apis[Self.implicitID] = read(Self.implicitID, node)
    }
    return apis
  }

  private func read(_ logicalID: String, _ node: TemplateNode) -> API {
    let properties = PropertySection(node, resolver)
    let cors = CORSReader(resolver: resolver).api(properties)
    let (allowsIAM, defaultAuthorization) = authorization(properties)
    let variables = stageVariables(properties)
    if let stage = properties.string("StageName"), stage != "$default" {
      resolver.diagnostics.problem(
        node["StageName"] ?? node, "must be $default to be honoured here, as paths would begin with the stage's name")
    }
    for name in ["DefinitionBody", "DefinitionUri"] {
      properties.refuse(name, "cannot be honoured here: declare the routes by the functions' events")
    }
    properties.section("DefaultRouteSettings").map { RouteSettings(resolver: resolver).check($0) }
    if let routes = properties.section("RouteSettings") {
      for member in routes.node.members ?? [] {
        routes.section(member.key).map { RouteSettings(resolver: resolver).check($0) }
      }
    }
    properties.ignore(Self.unused)
    properties.finish()
    return API(
      resource: HTTPAPIResource(
        logicalID: logicalID, apiID: ResourceTable.apiID(logicalID), cors: cors, stageVariables: variables),
      allowsIAM: allowsIAM, defaultAuthorization: defaultAuthorization)
  }

  private func authorization(_ properties: PropertySection) -> (Bool, HTTPRoute.Authorization) {
    guard let auth = properties.section("Auth") else { return (false, .none) }
    let allowsIAM = auth.bool("EnableIamAuthorizer") ?? false
    auth.refuse("Authorizers", "cannot be honoured here: let the function check the token")
    let name = auth.string("DefaultAuthorizer", oneOf: ["AWS_IAM", "NONE"])
    if name == "AWS_IAM", !allowsIAM {
      resolver.diagnostics.problem(
        auth.node["DefaultAuthorizer"] ?? auth.node, "is AWS_IAM, which needs EnableIamAuthorizer: true")
    }
    auth.finish()
    return (allowsIAM, name == "AWS_IAM" ? .iam : .none)
  }

  private func stageVariables(_ properties: PropertySection) -> [String: String] {
    guard let section = properties.section("StageVariables") else { return [:] }
    var variables: [String: String] = [:]
    for member in section.node.members ?? [] {
      variables[member.key] = section.string(member.key)
    }
    section.finish()
    return variables
  }
}

/// Settings of a route that only the logs depend on are passed over; limits that would not hold are a problem.
struct RouteSettings {
  let resolver: Resolver

  func check(_ section: PropertySection) {
    section.ignore(["DataTraceEnabled", "DetailedMetricsEnabled", "LoggingLevel"])
    for name in ["ThrottlingBurstLimit", "ThrottlingRateLimit"] {
      section.refuse(name, "cannot be honoured here: limit the function by ReservedConcurrentExecutions")
    }
    section.finish()
  }
}
