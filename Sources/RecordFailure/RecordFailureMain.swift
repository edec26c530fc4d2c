import Core
import FunctionRuntime
import MediaJobs
import Previews

/// Composition root of the function `RecordFailure`.
@main
struct RecordFailureMain: Function {
  static let handlers: FunctionHandlers = [
    "RecordFailure": { launch in RecordFailureHandler(register: try register(launch)) }
  ]

  /// Each service adds its recorder here.
  private static func register(_ launch: FunctionLaunch) throws -> FailureRegister {
    var reader = EnvironmentReader(launch.environment)
    let services = JobServices(environment: &reader, http: launch.http, logger: launch.logger)
    let bucket = reader.string("FailuresBucketName")
    try reader.validate()
    let previews = try PreviewServices(environment: launch.environment, http: launch.http, logger: launch.logger)
    return FailureRegister(services: services, recorders: [PreviewFailures(services: previews)], bucket: bucket)
  }
}
