import ConversionAPI
import Core
import FunctionRuntime
import Library
import LibraryAPI
import MediaJobs
import ObjectStore
import VideoRoutes

/// The functions that answer HTTP requests and events without media libraries.
@main
struct MediaAPIMain: Function {
  static let handlers: FunctionHandlers = [
    "Library": { launch in
      var environment = EnvironmentReader(launch.environment)
      let services = LibraryServices(environment: &environment, http: launch.http, logger: launch.logger)
      let keys = SessionKeys(environment: &environment)
      try environment.validate()
      guard let addresses = services.jobs.objects as? any UploadAddresses else {
        throw ConfigurationError(problems: ["the object store must be able to sign addresses"])
      }
      let derivatives = WaveformRoutes(others: VideoRoutes())
      return LibraryHandler(
        api: LibraryAPI(services: services, keys: keys, addresses: addresses, derivatives: derivatives))
    },
    "Ingest": { IngestHandler(ingest: Ingest(services: try library($0))) },
    "HashFile": { launch in
      var environment = EnvironmentReader(launch.environment)
      let services = LibraryServices(environment: &environment, http: launch.http, logger: launch.logger)
      let hashing = FileHashing(services: services, environment: &environment)
      try environment.validate()
      return HashFileHandler(hashing: hashing)
    },
    "NamePreviews": { NamePreviewsHandler(results: PreviewResults(services: try library($0))) },
    "ConversionToken": { launch in
      let api = try conversion(launch)
      return HTTPHandler { event, _ in try await api.token(event) }
    },
    "Convert": { launch in
      let api = try conversion(launch)
      return HTTPHandler { event, _ in try await api.convert(event) }
    },
    "ConversionCleanup": { ConversionCleanupHandler(api: try conversion($0)) },
  ]

  private static func library(_ launch: FunctionLaunch) throws -> LibraryServices {
    var environment = EnvironmentReader(launch.environment)
    let services = LibraryServices(environment: &environment, http: launch.http, logger: launch.logger)
    try environment.validate()
    return services
  }

  private static func conversion(_ launch: FunctionLaunch) throws -> ConversionAPI {
    var environment = EnvironmentReader(launch.environment)
    let settings = ConversionSettings(environment: &environment)
    let services = JobServices(environment: &environment, http: launch.http, logger: launch.logger)
    try environment.validate()
    return ConversionAPI(
      settings: settings, store: services.objects, publisher: services.publisher, http: launch.http,
      logger: launch.logger)
  }
}
