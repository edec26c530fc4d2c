import Clips
import ConversionAPI
import Core
import FoundationEssentials
import FunctionRuntime
import HTTPTransport
import MediaJobs

/// Composition root of the function `ConvertVideo`.
@main
struct ConvertVideoMain: Function {
  static let handlers: FunctionHandlers = [
    "ConvertVideo": { launch in
      var environment = EnvironmentReader(launch.environment)
      let settings = ConversionSettings(environment: &environment)
      let services = JobServices(environment: &environment, http: launch.http, logger: launch.logger)
      try environment.validate()
      // Sources are fetched without the credentials' connections, and with connections of their own.
      return ConvertVideoHandler(
        settings: settings, services: services,
        http: CurlTransport(configuration: .init(environment: launch.environment)),
        scratch: FileManager.default.temporaryDirectory.path)
    }
  ]

  static func prepare() { MediaMemory.returnLargeBlocks() }
}
