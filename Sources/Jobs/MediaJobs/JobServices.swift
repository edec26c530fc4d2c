import AWSCredentials
package import Core
package import EventBus
package import HTTPTransport
package import Logging
package import ObjectStore

/// What the functions of every service stand on: objects, events, the clock, the log. No service's settings are in it.
package struct JobServices: Sendable {
  package let objects: any ObjectStore
  package let publisher: any EventPublisher
  package let clock: WallClock
  package let logger: Logger

  package var documents: DocumentStore { DocumentStore(objects: objects) }

  /// Reads credentials, endpoints and, if a sink is named, where events go. Faults are collected in `environment`.
  package init(environment: inout EnvironmentReader, http: any HTTPClient, logger: Logger) {
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
    self.init(objects: S3Client(configuration: s3, http: http), publisher: publisher, logger: logger)
  }

  package init(
    objects: any ObjectStore, publisher: any EventPublisher, clock: WallClock = .system, logger: Logger
  ) {
    self.objects = objects
    self.publisher = publisher
    self.clock = clock
    self.logger = logger
  }
}
