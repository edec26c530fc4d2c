import Core
import FunctionRuntime
import HTTPTransport
import Logging

/// Composition root of the functions that work on images: one executable, because they link libvips. `_HANDLER` selects
/// one.
@main
struct TransformImageMain {
  static func main() async {
    let environment = ProcessEnvironment.variables
    let logger = Logger(label: "TransformImage") { LineLogHandler(label: $0) }
    let http = CurlTransport()
    let status = await FunctionMain.run(environment: environment, http: http, logger: logger) {
      try handler(environment["_HANDLER"] ?? "")
    }
    ProcessEnvironment.exit(status)
  }

  private static func handler(_ name: String) throws -> any FunctionHandler {
    switch name.split(separator: ".").last ?? "" {
    case "TransformFile": FileTransformHandler()
    default:
      throw ConfigurationError(problems: ["_HANDLER must name a function of TransformImage, found '\(name)'"])
    }
  }
}
