import AWSCredentials
import S3Protocol
package import EventBus
package import HTTPTransport
package import Logging
package import ObjectStore
package import Core

/// What every function of the preview pipeline stands on, built from its environment: the composition all of their
/// entry points share.
package struct PreviewServices: Sendable {
  package let settings: JobSettings
  package let buckets: Job.Buckets
  package let store: JobStore
  package let publisher: any EventPublisher
  package let clock: WallClock
  package let completion: Completion
  package let logger: Logger

  /// - Throws: `ConfigurationError` naming every variable that is wrong.
  package init(environment variables: [String: String], http: any HTTPClient, logger: Logger) throws {
    var environment = EnvironmentReader(variables)
    let settings = JobSettings(environment: &environment)
    let buckets = Job.Buckets(environment: &environment)
    let credentials = CredentialsChain.provider(environment: &environment, http: http)
    let s3 = S3Configuration(environment: &environment, credentials: credentials)
    let publisher: any EventPublisher =
      if let sink = CloudEventsConfiguration(environment: &environment) {
        CloudEventsClient(configuration: sink, http: http)
      } else {
        EventBridgeClient(
          configuration: EventBridgeConfiguration(environment: &environment, credentials: credentials), http: http,
          clock: .system)
      }
    try environment.validate()
    self.init(
      settings: settings, buckets: buckets, objects: S3Client(configuration: s3, http: http),
      publisher: publisher, logger: logger)
  }

  package init(
    settings: JobSettings, buckets: Job.Buckets, objects: any ObjectStore, publisher: any EventPublisher,
    clock: WallClock = .system, logger: Logger
  ) {
    self.settings = settings
    self.buckets = buckets
    store = JobStore(objects: objects)
    self.publisher = publisher
    self.clock = clock
    self.logger = logger
    completion = Completion(store: store, publisher: publisher, clock: clock, logger: logger)
  }

  /// The job for the source as it is now; `nil` where there is none (deleted since).
  package func currentJob(for key: String) async throws -> Job? {
    guard let source = try await store.source(key, in: buckets.source) else { return nil }
    return try Job(source: source, settings: settings, buckets: buckets)
  }
}
