import Installations
import Terminals
import LocalStorage
import ArgumentParser
import Core
import FoundationEssentials
import LocalRuntime
import Logging
import SAMTemplate

/// Functions behind an HTTP port, for a container or any function platform.
struct Host: Server {
  static let configuration = CommandConfiguration(
    abstract: "Serve functions over HTTP, in a container or for Knative, Cloud Run, OpenFaaS and Nuclio.",
    discussion: """
      Serves the routes of the functions. What no route takes and is sent by POST is an event for the first function: \
      CloudEvents 1.0 (binary and structured), S3 and MinIO notifications and plain JSON. Environment variables named \
      like a template parameter or one of the function's variables replace its value. CACHE_URL says where objects are \
      kept: file:///FOLDER or s3://BUCKET/PREFIX. Without it AWS_* variables and Knative's K_SINK reach the functions, and \
      without these objects go with the process. SIGTERM ends it once what runs has ended.
      """)

  @Argument(help: "The functions, by their logical ids, names or handlers in the template (default: FUNCTION).")
  var names: [String] = []

  @Option(
    help: """
      The template that describes the functions (default: template.yaml in this folder, or the one that was installed \
      with this program).
      """, completion: .file())
  var template: String?

  @Option(
    name: .customLong("functions"), help: "Folder of the functions' executables (default: where this program is).",
    completion: .directory)
  var folder: String?

  @Option(help: "Address to listen on (default: the variable that the template names, or 0.0.0.0).")
  var host: String?

  @Option(help: "Port to listen on (default: the variable that the template names, PORT, or 8080).")
  var port: Int?

  @Option(
    help:
      "Invocations at the same time (default: the variable that the template names, CONCURRENCY, or one per processor)."
  )
  var concurrency: Int?

  func run() async throws {
    let variables = ProcessEnvironment.variables
    let names = names.isEmpty ? (variables["FUNCTION"] ?? "").split { ", ".contains($0) }.map(String.init) : names
    guard !names.isEmpty else { throw ValidationError("name a function, or set FUNCTION") }
    let scratch = try ScratchFolder()
    defer { scratch.remove() }
    let settings = try settings(names, variables)
    let level = LogDetail.level(of: settings.debugVariable.flatMap { variables[$0] })
    let logger = Logger(label: "zoetrope") { JSONLogHandler(label: $0, level: level) }
    let ignored = settings.ignoredVariables.filter { variables[$0]?.isEmpty == false }
    if !ignored.isEmpty {
      logger.notice("variables that have no meaning here: \(ignored.joined(separator: ", "))")
    }
    let configuration = try configuration(names, variables, settings, scratch: scratch.path)
    let runtime = try await LocalRuntime(configuration: configuration, logger: logger) { addresses in
      let port = addresses.api.split(separator: ":").last ?? ""
      Terminal.write("Server listening at \(addresses.api)\nlistening on \(port)\n", to: 2)
    }
    try await runtime.run()
  }

  /// What the template says of the first function.
  private func settings(_ names: [String], _ variables: [String: String]) throws -> FunctionSettings {
    let path = try Installation.template(template)
    let known = try Template.load(path: path).parameters.keys
    return try Template.load(path: path, parameters: variables.filter { known.contains($0.key) }).functions
      .first { function in names.first.map(function.answers(to:)) == true }?.settings ?? FunctionSettings()
  }

  private func configuration(
    _ names: [String], _ variables: [String: String], _ settings: FunctionSettings, scratch: String
  ) throws -> LocalRuntimeConfiguration {
    let path = try Installation.template(template)
    let known = try Template.load(path: path).parameters.keys
    var parameters = variables.filter { known.contains($0.key) }
    let store = try HostStore(variables)
    if case .shared(_, let bucket) = store, known.contains("CacheBucketName"), parameters["CacheBucketName"] == nil {
      parameters["CacheBucketName"] = bucket
    }
    var environment = EnvironmentReader(variables)
    let portVariable = [settings.portVariable, "PORT"].compactMap(\.self).first { variables[$0]?.isEmpty == false }
    let concurrencyVariable = [settings.concurrencyVariable, "CONCURRENCY"].compactMap(\.self)
      .first { variables[$0]?.isEmpty == false }
    let port = port ?? environment.int(portVariable ?? "PORT", default: 8080, in: 0...65535)
    let concurrency =
      concurrency
      ?? environment.int(
        concurrencyVariable ?? "CONCURRENCY", default: ProcessInfo.processInfo.activeProcessorCount, in: 1...4096)
    let scratchBytes = environment.int("SCRATCH_MAX_BYTES", default: 8 << 30, in: 0...Int.max)
    try environment.validate()
    var configuration = LocalRuntimeConfiguration(
      dataFolder: "\(scratch)/data", templatePath: path, parameters: parameters,
      functionsFolder: folder.map(FilePath.absolute) ?? Installation.programFolder)
    var surroundings: [String: String]?
    var losesQueue = true
    switch store {
    case .own(let folder):
      if let folder { configuration.dataFolder = folder }
      losesQueue = false
    case .shared(let shared, _): configuration.store = shared
    case .elsewhere(let elsewhere):
      configuration.store = elsewhere
      surroundings = variables.filter {
        ($0.key.hasPrefix("AWS_") && !$0.key.hasPrefix("AWS_LAMBDA_"))
          || ["K_SINK", "K_CE_OVERRIDES"].contains($0.key)
      }
    }
    configuration.host = host ?? settings.addressVariable.flatMap { variables[$0] } ?? "0.0.0.0"
    configuration.apiPort = port
    configuration.concurrency = concurrency
    configuration.httpConcurrency = concurrency
    configuration.scratchBytes = Int64(scratchBytes)
    configuration.region = variables["AWS_REGION"] ?? variables["AWS_DEFAULT_REGION"] ?? configuration.region
    // A platform gives it the time that it has, and ends it then.
    configuration.drainTimeout = .seconds(900)
    configuration.hosting = LocalRuntimeConfiguration.Hosting(
      functions: names, variables: variables, surroundings: surroundings, losesQueue: losesQueue,
      log: { Terminal.write($0 + "\n", to: 2) })
    return configuration
  }
}
