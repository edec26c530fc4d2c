import Installations
import Terminals
import LocalStorage
import ArgumentParser
import FoundationEssentials
import LocalRuntime
import Logging
import Core
import SigV4
import WebPages

/// Everything on one machine: object store, event bus, queue and functions.
struct Up: Server {
  static let configuration = CommandConfiguration(
    abstract: "Serve everything on this machine: object store, event bus and functions.",
    discussion: """
      Any AWS client reaches it after eval "$(zoetrope env)". Ctrl-C stops it; what is unfinished goes on at the next \
      start.
      """)

  @OptionGroup
  var folder: DataFolderOptions

  @Option(
    help: """
      The template that describes functions and triggers (default: template.yaml in this folder, or the one that was \
      installed with this program).
      """, completion: .file())
  var template: String?

  @OptionGroup
  var parameters: ParameterOptions

  @Option(help: "Folder of the functions' executables (default: where this program is).", completion: .directory)
  var functions: String?

  @Option(
    help: """
      Address to listen on. Anything but loopback demands ZOETROPE_ACCESS_KEY_ID, ZOETROPE_SECRET_ACCESS_KEY and \
      ZOETROPE_ADMIN_TOKEN of your own.
      """)
  var host = "127.0.0.1"

  @Option(help: "Port of the S3, EventBridge and Lambda endpoint; 0 takes a free one.")
  var port = 4566

  @Option(help: "Port of the player, the console, metrics and administration; 0 takes a free one.")
  var webPort = 4567

  @Option(help: "Port of the functions' routes and URLs; 0 takes a free one.")
  var apiPort = 4568

  @Option(help: "Queued invocations running at the same time; 0: none (default: one per processor).")
  var concurrency: Int?

  @Option(help: "Invocations over HTTP and the Lambda API running at the same time (default: 8 per processor).")
  var httpConcurrency: Int?

  @OptionGroup
  var access: AccessOptions

  @OptionGroup
  var sharing: ClusterOptions

  @Option(help: "Least severe log level: debug, info, notice, warning, error.")
  var logLevel = "notice"

  @Flag(help: "Print the addresses as one line of JSON once ready.")
  var json = false

  func validate() throws {
    for (name, value) in [("--port", port), ("--web-port", webPort), ("--api-port", apiPort)]
    where !(0...65535).contains(value) {
      throw ValidationError("\(name) must be a whole number from 0 to 65535, found \(value)")
    }
    for (name, value, least) in [("--concurrency", concurrency, 0), ("--http-concurrency", httpConcurrency, 1)] {
      guard let value, !(least...4096).contains(value) else { continue }
      throw ValidationError("\(name) must be a whole number from \(least) to 4096, found \(value)")
    }
    if Logger.Level(rawValue: logLevel) == nil {
      throw ValidationError("--log-level must be debug, info, notice, warning or error, found '\(logLevel)'")
    }
  }

  func run() async throws {
    let level = Logger.Level(rawValue: logLevel) ?? .notice
    let logger = Logger(label: "zoetrope") { JSONLogHandler(label: $0, level: level) }
    let printsJSON = json
    let runtime = try await LocalRuntime(configuration: configuration(), logger: logger) { addresses in
      guard !printsJSON else {
        if let line = try? JSON.encode(addresses) { Terminal.result(String(decoding: line, as: UTF8.self)) }
        return
      }
      Terminal.result("endpoint  \(addresses.endpoint)   (S3, EventBridge, Lambda; 'zoetrope env' prints the keys)")
      Terminal.result("functions \(addresses.api)   (routes; function URLs below /_url/FUNCTION/)")
      Terminal.result("player    \(addresses.admin)/   (console: \(addresses.admin)/console, metrics: /metrics)")
    }
    try await runtime.run { stopping in
      guard stopping.invocations + stopping.requests > 0 else { return }
      func counted(_ count: Int, _ what: String) -> String { "\(count) \(what)\(count == 1 ? "" : "s")" }
      Terminal.write(
        "zoetrope: stopping; waiting for \(counted(stopping.invocations, "invocation")) and "
          + "\(counted(stopping.requests, "request")), \(stopping.timeout.components.seconds) s at most; "
          + "another Ctrl-C ends it now\n", to: 2)
    }
  }

  private func configuration() throws -> LocalRuntimeConfiguration {
    let template = try Installation.template(template)
    var configuration = LocalRuntimeConfiguration(
      dataFolder: FilePath.absolute(folder.data), templatePath: template,
      parameters: try GeneratedSecrets.complete(
        parameters.values(), templatePath: template, dataFolder: FilePath.absolute(folder.data)),
      functionsFolder: functions.map(FilePath.absolute) ?? Installation.programFolder)
    configuration.host = host
    configuration.port = port
    configuration.adminPort = webPort
    configuration.apiPort = apiPort
    configuration.pages = WebPages.all
    configuration.concurrency = concurrency
    configuration.httpConcurrency = httpConcurrency
    configuration.credentials = try LocalDefaults.credentials()
    try access.apply(to: &configuration)
    try sharing.apply(to: &configuration)
    var environment = EnvironmentReader(ProcessEnvironment.variables)
    configuration.scratchBytes = Int64(environment.int("SCRATCH_MAX_BYTES", default: 8 << 30, in: 0...Int.max))
    configuration.certificateAuthorities = environment.optional("SSL_CERT_FILE")
    try environment.validate()
    configuration.adminToken = EnvironmentReader(ProcessEnvironment.variables).optional("ZOETROPE_ADMIN_TOKEN")
    return configuration
  }
}
