package import Core
package import EventBus
package import HTTPTransport
package import Logging
package import MediaJobs
package import ObjectStore

/// What the functions of the preview pipeline stand on.
package struct PreviewServices: Sendable {
  package let settings: JobSettings
  package let limits: JobLimits
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
    let limits = JobLimits(environment: &environment)
    let buckets = Job.Buckets(environment: &environment)
    let services = JobServices(environment: &environment, http: http, logger: logger)
    try environment.validate()
    self.init(settings: settings, limits: limits, buckets: buckets, services: services)
  }

  package init(
    settings: JobSettings, limits: JobLimits = JobLimits(), buckets: Job.Buckets, services: JobServices
  ) {
    self.init(
      settings: settings, limits: limits, buckets: buckets, objects: services.objects, publisher: services.publisher,
      clock: services.clock, logger: services.logger)
  }

  package init(
    settings: JobSettings, limits: JobLimits = JobLimits(), buckets: Job.Buckets, objects: any ObjectStore,
    publisher: any EventPublisher, clock: WallClock = .system, logger: Logger
  ) {
    self.settings = settings
    self.limits = limits
    self.buckets = buckets
    store = JobStore(objects: objects)
    self.publisher = publisher
    self.clock = clock
    self.logger = logger
    completion = Completion(store: store, publisher: publisher, clock: clock, logger: logger)
  }

  /// The job for the source as it is now; `nil` if there is none (deleted since).
  package func currentJob(for key: String) async throws -> Job? { try await currentJob(for: PreviewAddress(key: key)) }

  /// The same for the places that an event names.
  package func currentJob(for address: PreviewAddress) async throws -> Job? {
    var buckets = buckets
    if let place = address.place {
      buckets = Job.Buckets(source: place.source, output: place.bucket, prefix: place.prefix)
    }
    guard let source = try await store.source(address.key, in: buckets.source) else { return nil }
    return try Job(source: source, settings: settings, buckets: buckets)
  }
}
