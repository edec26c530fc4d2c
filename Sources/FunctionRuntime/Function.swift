package import Core
package import HTTPTransport
package import Logging

/// A function's executable: its handlers, and a `main` that runs the one that the platform chose.
///
///     @main
///     struct Hello: Function {
///       static let handlers: FunctionHandlers = [
///         "Hello": { _ in HTTPHandler { event, _ in .text("Hello, \(event.query("name").first ?? "world")") } }
///       ]
///     }
package protocol Function {
  /// By what follows the last dot of `_HANDLER` (the template's `Handler`: `EXECUTABLE.NAME`). An executable with one
  /// handler runs it whatever `_HANDLER` says.
  static var handlers: FunctionHandlers { get }

  /// Called before anything else, in the process's first moments. Default: does nothing.
  static func prepare()
}

/// How each handler is built; only the chosen one is. What it throws ends the process as a failed initialisation.
package typealias FunctionHandlers = [String: @Sendable (FunctionLaunch) async throws -> any InvocationHandler]

/// What a handler is built from.
package struct FunctionLaunch: Sendable {
  /// The handler's name.
  package let name: String
  package let environment: [String: String]
  package let http: any HTTPClient
  package let logger: Logger

  package init(name: String, environment: [String: String], http: any HTTPClient, logger: Logger) {
    self.name = name
    self.environment = environment
    self.http = http
    self.logger = logger
  }
}

extension Function {
  package static func prepare() {}

  /// The life of the process; see `FunctionMain`.
  package static func main() async {
    prepare()
    let environment = ProcessEnvironment.variables
    let handlers = handlers
    let choice = HandlerChoice(names: handlers.keys.sorted(), wanted: environment["_HANDLER"])
    let name = choice.name ?? "\(Self.self)"
    let level = LogDetail.level(of: environment["DEBUG"])
    let logger = Logger(label: name) { JSONLogHandler(label: $0, level: level) }
    EmbeddedMetrics.bootstrap(function: environment["AWS_LAMBDA_FUNCTION_NAME"] ?? name)
    let http = CurlTransport()
    let status = await FunctionMain.run(environment: environment, http: http, logger: logger) {
      let name = try choice.get()
      guard let make = handlers[name] else { throw HandlerChoice.Unknown(message: "there is no handler '\(name)'") }
      return try await make(FunctionLaunch(name: name, environment: environment, http: http, logger: logger))
    }
    ProcessEnvironment.exit(status)
  }
}

/// Which of an executable's handlers runs.
package struct HandlerChoice: Sendable {
  let names: [String]
  let wanted: String?

  /// - Parameter wanted: what `_HANDLER` says.
  package init(names: [String], wanted: String?) {
    self.names = names
    self.wanted = wanted
  }

  package struct Unknown: ClassifiedError {
    package let message: String
    package var code: String { "UnknownHandler" }
    package var isRetryable: Bool { false }
  }

  /// The name itself, or what follows the dot of `EXECUTABLE.NAME`.
  package var name: String? {
    if names.count == 1 { return names[0] }
    let name = wanted?.split(separator: ".").last.map(String.init)
    return name.flatMap { names.contains($0) ? $0 : nil }
  }

  package func get() throws(Unknown) -> String {
    if let name { return name }
    throw Unknown(
      message:
        "_HANDLER must end in one of \(names.joined(separator: ", ")), found \(wanted.map { "'\($0)'" } ?? "nothing")")
  }
}
