import Core
import FunctionRuntime
import HTTPTransport
import Library
import Logging

/// Composition root of the functions that work on images: one executable, because they link libvips. What follows the
/// dot in `_HANDLER` selects one.
@main
struct TransformImageMain {
  static func main() async {
    let environment = ProcessEnvironment.variables
    let logger = Logger(label: "TransformImage") { LineLogHandler(label: $0) }
    let http = CurlTransport()
    let status = await FunctionMain.run(environment: environment, http: http, logger: logger) {
      try handler(environment, http, logger)
    }
    ProcessEnvironment.exit(status)
  }

  private static func handler(
    _ variables: [String: String], _ http: any HTTPClient, _ logger: Logger
  ) throws -> any FunctionHandler {
    let name = variables["_HANDLER"] ?? ""
    let kind = name.split(separator: ".").last ?? ""
    if kind == "TransformFile" { return FileTransformHandler() }
    var environment = EnvironmentReader(variables)
    let work = ImageWork(services: LibraryServices(environment: &environment, http: http, logger: logger))
    let handler: any FunctionHandler
    switch kind {
    case "TransformImage":
      handler = TransformHandler(work: work, scratch: environment.string("TMPDIR", default: "/tmp"))
    case "PrewarmImages": handler = PrewarmHandler(work: work)
    case "ReadMetadata": handler = MetadataHandler(work: work)
    case "Avatar": handler = AvatarHandler(work: work, keys: SessionKeys(environment: &environment))
    default:
      throw ConfigurationError(problems: ["_HANDLER must name a function of TransformImage, found '\(name)'"])
    }
    try environment.validate()
    return handler
  }
}
