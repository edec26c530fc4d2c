package import Core
import FoundationEssentials
package import HTTPTransport
package import Logging
package import MediaJobs

/// What the library's functions stand on.
package struct LibraryServices: Sendable {
  package let jobs: JobServices
  package let store: LibraryStore
  /// Whether images are made ready before they are asked for.
  package let prewarms: Bool

  package init(environment: inout EnvironmentReader, http: any HTTPClient, logger: Logger) {
    let jobs = JobServices(environment: &environment, http: http, logger: logger)
    self.init(
      jobs: jobs, buckets: LibraryBuckets(environment: &environment),
      prewarms: environment.bool("ImageProxyPrewarmEnabled", default: true))
  }

  package init(jobs: JobServices, buckets: LibraryBuckets, prewarms: Bool = true) {
    self.jobs = jobs
    store = LibraryStore(objects: jobs.objects, buckets: buckets, clock: jobs.clock)
    self.prewarms = prewarms
  }

  package var secondsSince1970: Double { jobs.clock.now().timeIntervalSince1970 }
}
