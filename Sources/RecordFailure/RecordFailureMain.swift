import AudioJobs
import Core
import FunctionRuntime
import Library
import MediaJobs
import Previews
import VideoProxy

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
    let library = LibraryServices(
      jobs: services, buckets: LibraryBuckets(environment: &reader))
    let bucket = reader.string("FailuresBucketName")
    try reader.validate()
    let previews = try PreviewServices(environment: launch.environment, http: launch.http, logger: launch.logger)
    return FailureRegister(
      services: services,
      recorders: [
        TranscodeFailures(services: services, bucket: library.store.buckets.cache),
        PreviewFailures(
          services: previews,
          requests: [
            .event(source: LibraryEvent.source, detailType: LibraryEvent.Kind.previewsRequested.rawValue)
          ]),
        LibraryFailures(services: library),
      ], bucket: bucket)
  }
}
