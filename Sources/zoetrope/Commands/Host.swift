import ArgumentParser
import FoundationEssentials
import FunctionGateway
import FunctionHost
import LocalRuntime
import Logging
import NIOPosix
import Core

/// One function behind an HTTP port, for any function platform.
struct Host: Server {
  static let configuration = CommandConfiguration(
    abstract: "Serve one function over HTTP, for Knative, Cloud Run, OpenFaaS, Nuclio or a plain container.",
    discussion: """
      Takes CloudEvents 1.0 (binary and structured), S3 and MinIO notifications and plain JSON by POST. Environment \
      variables named like a template parameter replace its default; AWS_* variables and Knative's K_SINK reach the \
      function. SIGTERM ends it once what runs has ended.
      """)

  @Argument(help: "The function, by its logical id, name or handler in the template (default: FUNCTION).")
  var function: String?

  @Option(help: "The template that describes the function.", completion: .file())
  var template = "template.yaml"

  @Option(help: "Folder of the functions' executables (default: where this program is).", completion: .directory)
  var functions: String?

  @Option(help: "Address to listen on.")
  var host = "0.0.0.0"

  @Option(help: "Port to listen on (default: PORT, or 8080).")
  var port: Int?

  @Option(help: "Invocations at the same time (default: CONCURRENCY, or one per processor).")
  var concurrency: Int?

  func run() async throws {
    let variables = ProcessEnvironment.variables
    var environment = EnvironmentReader(variables)
    let port = port ?? environment.int("PORT", default: 8080, in: 0...65535)
    let concurrency =
      concurrency
      ?? environment.int("CONCURRENCY", default: ProcessInfo.processInfo.activeProcessorCount, in: 1...4096)
    let function = function ?? environment.string("FUNCTION")
    try environment.validate()
    let scratch = try ScratchFolder()
    defer { scratch.remove() }
    let configuration = try SingleFunction.load(
      function, templatePath: Up.absolute(template), parameters: variables,
      functionsFolder: functions.map(Up.absolute) ?? Up.programFolder, codeFolder: "\(scratch.path)/code",
      concurrency: concurrency)
    let logger = Logger(label: "zoetrope") { LineLogHandler(label: $0) }
    let functionHost = try FunctionHost(
      configuration: HostConfiguration(
        environment: variables.filter {
          ($0.key.hasPrefix("AWS_") && !$0.key.hasPrefix("AWS_LAMBDA_"))
            || ["K_SINK", "K_CE_OVERRIDES"].contains($0.key)
        },
        temporaryFolder: "\(scratch.path)/tmp"),
      functions: [configuration], eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger,
      observer: StandardErrorObserver())
    let gateway = FunctionGateway(
      function: configuration.name, functions: functionHost, configuration: .init(host: host, port: port),
      logger: logger)
    try await gateway.run { port in Terminal.write("listening on \(port)\n", to: 2) }
  }
}
