import EventRouting
import Invocations
import FunctionPackages
import EventBus
import FoundationEssentials
import FunctionHost
import Core
import HTTPGateway
import MetricsPages
import SAMTemplate
import Webhooks

/// What the template comes to on this machine: functions with their executables, policies, triggers and rules.
struct RuntimePlan: Sendable {
  var functions: [FunctionConfiguration]
  /// Of functions, and of webhooks.
  var policies: [FunctionPolicy]
  var webhooks: [Webhook]
  var triggers: [ObjectNotifier.Trigger]
  var rules: [BusRule]
  var buckets: [BucketResource]
  var buses: Set<String>
  /// What is reached over HTTP.
  var gateway: Gateway.Configuration
  /// nil: none are described.
  var metricsPages: MetricsPages.Configuration?
  /// How long dead letters are kept: as long as the template's most patient queue keeps them, or as long as SQS can.
  var deadLetterRetention: Duration

  /// - Parameter executables: says whether a path is an executable file; replaced by tests.
  /// - Throws: `ConfigurationError` naming every function and rule that cannot be used.
  init(
    template: Template, configuration: LocalRuntimeConfiguration, concurrency: Int,
    isExecutable: (String) -> Bool = { FileManager.default.isExecutableFile(atPath: $0) }
  ) throws(ConfigurationError) {
    var problems: [String] = []
    let names = Dictionary(
      template.functions.map { ($0.logicalID, $0.functionName) }, uniquingKeysWith: { first, _ in first })
    let queueNames = Dictionary(
      template.queues.map { ($0.logicalID, $0.queueName) }, uniquingKeysWith: { first, _ in first })

    func target(_ destination: Destination?) -> DestinationTarget? {
      switch destination {
      case .function(let logicalID): names[logicalID].map { .function($0) }
      case .eventBus(let name): .eventBus(EventRouter.busName(name))
      // Records for a queue are what its dead letters hold.
      case .queue, nil: nil
      }
    }

    func deadLetterQueue(_ function: FunctionResource) -> String? {
      if let logicalID = function.deadLetterQueue { return queueNames[logicalID] ?? logicalID }
      if case .queue(let logicalID) = function.onFailure { return queueNames[logicalID] ?? logicalID }
      return nil
    }

    functions = []
    policies = []
    webhooks = []
    triggers = []
    rules = []
    buses = []
    buckets = template.buckets
    let hosting = configuration.hosting
    let code = CodeStore(folder: configuration.codeFolder)
    let environments = concurrency + configuration.synchronousSlots
    let chosen = try Self.chosen(template, hosting) { function in
      (try? Self.configuration(
        of: function, templatePath: configuration.templatePath, functionsFolder: configuration.functionsFolder,
        code: code, concurrency: environments, isExecutable: isExecutable)) != nil
    }
    gateway = Self.gateway(
      template, functions: chosen.filter(\.isNamed).map(\.function), hosting: hosting,
      accountID: configuration.accountID)
    metricsPages = Self.metricsPages(
      template, functions: chosen.filter(\.isNamed).map(\.function), hosting: hosting, problems: &problems)
    deadLetterRetention = .seconds(template.queues.map(\.messageRetentionSeconds).max() ?? 1_209_600)
    for (function, _) in chosen {
      do {
        var made = try Self.configuration(
          of: function, templatePath: configuration.templatePath, functionsFolder: configuration.functionsFolder,
          code: code, concurrency: environments, isExecutable: isExecutable)
        made.environment = function.environment(hosting)
        functions.append(made)
      } catch {
        problems += error.problems
      }
      policies.append(
        FunctionPolicy(
          name: function.functionName, weight: function.weight,
          concurrency: function.reservedConcurrency(hosting, problems: &problems),
          identity: function.identity, messageGroup: function.settings.messageGroup,
          isSequential: function.isSequential,
          maximumRetryAttempts: function.maximumRetryAttempts,
          maximumEventAge: .seconds(function.maximumEventAgeSeconds), deadLetterQueue: deadLetterQueue(function),
          onSuccess: target(function.onSuccess), onFailure: target(function.onFailure)))
      triggers += function.s3Triggers.map {
        ObjectNotifier.Trigger(
          id: $0.id, bucket: $0.bucketName, events: $0.events, prefix: $0.prefix, suffix: $0.suffix,
          function: function.functionName)
      }
      for destination in [function.onSuccess, function.onFailure] {
        if case .eventBus(let name) = destination { buses.insert(EventRouter.busName(name)) }
      }
      for rule in function.rules {
        do {
          rules.append(try Self.rule(rule, function.functionName, arn: configuration.arn(of: function.functionName)))
        } catch {
          problems.append("rule '\(rule.name)': \((error as? any ClassifiedError)?.message ?? "\(error)")")
        }
      }
    }
    // A container that serves single functions posts nothing elsewhere.
    if hosting == nil { addEventRules(template, functions: names, queues: queueNames, problems: &problems) }
    if !problems.isEmpty { throw ConfigurationError(problems: problems) }
  }

  private static func rule(_ rule: RuleResource, _ function: String, arn: String) throws -> BusRule {
    try BusRule(
      key: BusRule.Key(bus: EventRouter.busName(rule.busName), name: rule.name),
      patternText: String(decoding: try JSON.encode(rule.pattern), as: UTF8.self),
      state: rule.isEnabled ? .enabled : .disabled, isOfTemplate: true,
      targets: [
        BusRule.Target(
          function: function, arn: arn,
          input: try TargetInput(rule.delivery))
      ])
  }

  /// How a function is started: by its code folder's `bootstrap`, as Lambda would run it. A folder that `local/package`
  /// makes, `.build/lambda/NAME`, stands for the executable NAME in `functionsFolder`, which is the present build. Blocks if
  /// the code is an archive.
  ///
  /// - Parameter code: unpacks archives.
  /// - Throws: `ConfigurationError` if the executable is absent, or if the archive cannot be used.
  static func configuration(
    of function: FunctionResource, templatePath: String, functionsFolder: String, code store: CodeStore,
    concurrency: Int,
    isExecutable: (String) -> Bool = { FileManager.default.isExecutableFile(atPath: $0) }
  ) throws(ConfigurationError) -> FunctionConfiguration {
    let code = absolute(function.codeURI, in: folder(of: templatePath))
    let built = packageName(code).map { "\(functionsFolder)/\($0)" }
    let executable: String
    if let built, isExecutable(built) {
      executable = built
    } else {
      executable = try "\(unpacked(code, of: function, store))/bootstrap"
      guard isExecutable(executable) else {
        let places = [built, "\(code)/bootstrap"].compactMap { $0.map { "'\($0)'" } }.joined(separator: " nor ")
        throw ConfigurationError(problems: [
          "Resources.\(function.logicalID).Properties.CodeUri: the function needs an executable, found \(built == nil ? "no" : "neither") \(places)"
        ])
      }
    }
    var configuration = FunctionConfiguration(
      name: function.functionName, executable: executable, handler: function.handler,
      codeFolder: folder(of: executable), environment: function.environment,
      timeout: .seconds(function.timeoutSeconds), memorySizeMiB: function.memorySizeMiB,
      maximumEnvironments: min(function.reservedConcurrency ?? concurrency, concurrency))
    configuration.ephemeralStorageMiB = function.ephemeralStorageMiB
    configuration.description = FunctionDescription(
      text: function.description, runtime: function.runtime, architecture: function.architecture,
      reservedConcurrency: function.reservedConcurrency)
    // What comes with this program is known not to need more.
    configuration.isConfined = executable == built
    // What users wait for goes before what was queued.
    let isCalledDirectly = !function.routes.isEmpty || function.url != nil
    if function.weight < 100, !isCalledDirectly { configuration.niceness = 10 }
    return configuration
  }

  /// NAME of `…/.build/lambda/NAME`.
  private static func packageName(_ code: String) -> String? {
    let parts = code.split(separator: "/")
    return parts.count >= 3 && parts.dropLast().suffix(2) == [".build", "lambda"] ? parts.last.map(String.init) : nil
  }

  /// The folder of a function's code, which may be an archive.
  private static func unpacked(
    _ code: String, of function: FunctionResource, _ store: CodeStore
  ) throws(ConfigurationError) -> String {
    guard code.lowercased().hasSuffix(".zip") else { return code }
    do {
      return try store.unpacked(code)
    } catch {
      let reason = (error as? any ClassifiedError)?.message ?? "\(error)"
      throw ConfigurationError(problems: ["function '\(function.logicalID)' has no code: \(reason)"])
    }
  }

  private static func absolute(_ path: String, in folder: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path.hasPrefix("/") ? path : "\(folder)/\(path)"
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return FileManager.default.currentDirectoryPath }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
