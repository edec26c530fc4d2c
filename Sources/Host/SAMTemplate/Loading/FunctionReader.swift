/// Reads `AWS::Serverless::Function`, with the globals merged into its properties.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html>
struct FunctionReader {
  let resolver: Resolver
  let globals: TemplateNode?
  /// Of the buckets' own notification configurations.
  let triggers: [(functionLogicalID: String, trigger: S3Trigger)]
  let apis: [String: HTTPAPIReader.API]

  private var diagnostics: Diagnostics { resolver.diagnostics }

  private static let unused: Set<String> = [
    "AssumeRolePolicyDocument", "CodeSigningConfigArn", "KmsKeyArn",
    "PackageType", "PermissionsBoundary", "Policies", "PropagateTags", "Role", "RolePath",
    "RuntimeManagementConfig", "SnapStart", "Tags", "Tracing",
  ]

  func read(_ entry: ResourceTable.Entry) -> FunctionResource? {
    let own = entry.properties
    let properties = PropertySection(globals.map(own.merged) ?? own, resolver)
    let name = resolver.resources.name(of: entry, resolver)
    properties.skip(["FunctionName"])

    let handler = properties.requiredString("Handler")
    let codeURI = properties.requiredString("CodeUri")
    let runtime = runtime(properties)
    let architecture = architecture(properties)
    let timeout = properties.int("Timeout", in: 1...900)
    let memorySize = properties.int("MemorySize", in: 128...10_240)
    let concurrency = properties.int("ReservedConcurrentExecutions", in: 0...100_000)
    let description = properties.string("Description")
    let storage = properties.section("EphemeralStorage")
    let storageSize = storage?.int("Size", in: 512...10_240)
    storage?.finish()
    let environment = environment(properties).merging(logging(properties)) { $1 }
    let invocation = InvocationReader(resolver: resolver).read(properties)
    let events = FunctionEventReader(resolver: resolver, function: entry.logicalID, apis: apis).read(properties)
    let url = FunctionURLReader(resolver: resolver).read(properties)
    let settings = SettingsReader(resolver: resolver).read(
      entry.node["Metadata"]?["Zoetrope"], environment: environment)
    properties.ignore(Self.unused)
    properties.refuse("Layers", "cannot be honoured here: put what the layers hold into the folder named by CodeUri")
    properties.refuse("ImageUri", "cannot be honoured here: the code must be a folder named by CodeUri")
    properties.refuse("InlineCode", "cannot be honoured here: the code must be a folder named by CodeUri")
    properties.finish()

    guard let name, let handler, let codeURI, let runtime else { return nil }
    return FunctionResource(
      logicalID: entry.logicalID, functionName: name, handler: handler, codeURI: codeURI,
      description: description ?? "", runtime: runtime,
      architecture: architecture ?? "x86_64", timeoutSeconds: timeout ?? 3, memorySizeMiB: memorySize ?? 128,
      ephemeralStorageMiB: storageSize,
      environment: environment, reservedConcurrency: concurrency, weight: settings.weight ?? 50,
      identity: settings.identity, isSequential: settings.isSequential, settings: settings.function,
      s3Triggers: events.s3 + triggers.filter { $0.functionLogicalID == entry.logicalID }.map(\.trigger),
      rules: events.rules, routes: events.routes, url: url, schedules: events.schedules,
      maximumRetryAttempts: invocation.maximumRetryAttempts ?? 2,
      maximumEventAgeSeconds: invocation.maximumEventAgeSeconds ?? 21_600, onSuccess: invocation.onSuccess,
      onFailure: invocation.onFailure, deadLetterQueue: invocation.deadLetterQueue)
  }

  private func runtime(_ properties: PropertySection) -> String? {
    guard let runtime = properties.requiredString("Runtime") else { return nil }
    let python = runtime.hasPrefix("python3.") ? runtime.dropFirst("python3.".count) : ""
    let isPython = !python.isEmpty && python.allSatisfy { $0.isASCII && $0.isNumber }
    guard ["provided.al2023", "provided.al2"].contains(runtime) || isPython else {
      diagnostics.problem(
        properties.node["Runtime"] ?? properties.node,
        "must be provided.al2023, provided.al2 or python3.N to be run here, found '\(runtime)'")
      return nil
    }
    return runtime
  }

  private func architecture(_ properties: PropertySection) -> String? {
    guard let names = properties.strings("Architectures") else { return nil }
    guard names.count == 1, names == ["x86_64"] || names == ["arm64"] else {
      diagnostics.problem(
        properties.node["Architectures"] ?? properties.node,
        "must be x86_64 or arm64, found \(names.joined(separator: ", "))")
      return nil
    }
    return names[0]
  }

  /// How the function's runtime is to write its log, which it learns from variables.
  ///
  /// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html>
  private func logging(_ properties: PropertySection) -> [String: String] {
    guard let section = properties.section("LoggingConfig") else { return [:] }
    defer { section.finish() }
    section.ignore(["LogGroup", "SystemLogLevel"])
    let level = section.string("ApplicationLogLevel", oneOf: ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"])
    guard let format = section.string("LogFormat", oneOf: ["JSON", "Text"]) else { return [:] }
    guard format == "JSON" else { return ["AWS_LAMBDA_LOG_FORMAT": format] }
    return ["AWS_LAMBDA_LOG_FORMAT": format, "AWS_LAMBDA_LOG_LEVEL": level ?? "INFO"]
  }

  /// Set by the platform; Lambda refuses them in templates.
  ///
  /// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>
  private static let reserved: Set<String> = [
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
  ]

  private func environment(_ properties: PropertySection) -> [String: String] {
    guard let section = properties.section("Environment") else { return [:] }
    defer { section.finish() }
    guard let variables = section.section("Variables") else { return [:] }
    var environment: [String: String] = [:]
    for member in variables.node.members ?? [] {
      guard let value = variables.value(member.key) else { continue }
      guard ResourceName.isVariable(member.key) else {
        diagnostics.problem(member.value, "must have a name of \(ResourceName.variableForm)")
        continue
      }
      guard !Self.reserved.contains(member.key), !member.key.hasPrefix("AWS_LAMBDA_") else {
        diagnostics.problem(member.value, "is set by the platform and must not be set by the template")
        continue
      }
      guard let text = value.text else {
        diagnostics.problem(member.value, "must be a string, found \(value.shown)")
        continue
      }
      environment[member.key] = text
    }
    return environment
  }
}
