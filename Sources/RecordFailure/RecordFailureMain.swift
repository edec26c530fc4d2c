import FunctionRuntime
import HTTPTransport
import Logging
import MediaJobs
import Previews
import Core

/// Composition root of the function `RecordFailure`.
@main
struct RecordFailureMain {
  static func main() async {
    let environment = ProcessEnvironment.variables
    let logger = Logger(label: "RecordFailure") { LineLogHandler(label: $0) }
    let http = CurlTransport()
    let status = await FunctionMain.run(environment: environment, http: http, logger: logger) {
      RecordFailureHandler(register: try register(environment, http, logger))
    }
    ProcessEnvironment.exit(status)
  }

  /// Each service adds its recorder here.
  private static func register(
    _ environment: [String: String], _ http: CurlTransport, _ logger: Logger
  ) throws -> FailureRegister {
    var reader = EnvironmentReader(environment)
    let services = JobServices(environment: &reader, http: http, logger: logger)
    let bucket = reader.string("FailuresBucketName")
    try reader.validate()
    let previews = try PreviewServices(environment: environment, http: http, logger: logger)
    return FailureRegister(
      services: services, recorders: [PreviewFailures(services: previews)], bucket: bucket)
  }
}
