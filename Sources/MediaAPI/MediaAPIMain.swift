import ConversionAPI
import Core
import FunctionRuntime
import HTTPTransport
import Library
import LibraryAPI
import Logging
import MediaJobs
import ObjectStore
import VideoRoutes

/// Composition root of the functions that answer HTTP requests without media libraries. What follows the dot in
/// `_HANDLER` selects one.
@main
struct MediaAPIMain {
  static func main() async {
    let environment = ProcessEnvironment.variables
    let logger = Logger(label: "MediaAPI") { LineLogHandler(label: $0) }
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
    switch name.split(separator: ".").last ?? "" {
    case "Library":
      var environment = EnvironmentReader(variables)
      let services = LibraryServices(environment: &environment, http: http, logger: logger)
      let keys = SessionKeys(environment: &environment)
      try environment.validate()
      guard let addresses = services.jobs.objects as? any UploadAddresses else {
        throw ConfigurationError(problems: ["the object store must be able to sign addresses"])
      }
      let derivatives = WaveformRoutes(others: VideoRoutes())
      return LibraryHandler(
        api: LibraryAPI(services: services, keys: keys, addresses: addresses, derivatives: derivatives))
    case "Ingest":
      var environment = EnvironmentReader(variables)
      let services = LibraryServices(environment: &environment, http: http, logger: logger)
      try environment.validate()
      return IngestHandler(ingest: Ingest(services: services))
    case "HashFile":
      var environment = EnvironmentReader(variables)
      let services = LibraryServices(environment: &environment, http: http, logger: logger)
      try environment.validate()
      return HashFileHandler(hashing: FileHashing(services: services))
    case "ConversionToken":
      let api = try conversion(variables, http, logger)
      return HTTPHandler { event, _ in try await api.token(event) }
    case "Convert":
      let api = try conversion(variables, http, logger)
      return HTTPHandler { event, _ in try await api.convert(event) }
    case "ConversionCleanup":
      return ConversionCleanupHandler(api: try conversion(variables, http, logger))
    default:
      throw ConfigurationError(problems: ["_HANDLER must name a function of MediaAPI, found '\(name)'"])
    }
  }

  private static func conversion(
    _ variables: [String: String], _ http: any HTTPClient, _ logger: Logger
  ) throws -> ConversionAPI {
    var environment = EnvironmentReader(variables)
    let settings = ConversionSettings(environment: &environment)
    let services = JobServices(environment: &environment, http: http, logger: logger)
    try environment.validate()
    return ConversionAPI(
      settings: settings, store: services.objects, publisher: services.publisher, http: http, logger: logger)
  }
}
