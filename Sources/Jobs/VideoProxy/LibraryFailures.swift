package import Core
import EventBus
package import Library
package import MediaJobs

/// Ends what a function of the library gave up, so that each file's record says what became of it.
package struct LibraryFailures: FailureRecording {
  package let origins = kinds.map { FailureOrigin.event(source: LibraryEvent.source, detailType: $0.rawValue) }
  private let services: LibraryServices

  /// Those whose end a file's record tells.
  private static let kinds: [LibraryEvent.Kind] = [
    .proxyRequested, .momentRequested, .proxyPartRequested, .proxyJoinRequested, .posterRequested, .waveformRequested,
    .hashRequested,
  ]

  package init(services: LibraryServices) { self.services = services }

  /// - Throws: what another try may mend.
  package func record(_ failure: InvocationFailure, requestID: String) async throws -> Bool {
    guard failure.origins.contains(where: origins.contains), let event = try? LibraryEvent(json: failure.event) else {
      return false
    }
    let reason = failure.reason
    switch event.kind {
    case .proxyRequested, .momentRequested, .proxyPartRequested, .proxyJoinRequested:
      guard let job = try? ProxyJob(event) else { return false }
      let jobs = ProxyJobs(services: services)
      // A run that no longer counts has nothing to say about the file.
      guard try await jobs.currentRecord(of: job) != nil else { return true }
      try await jobs.fail(job, code: "GaveUp", reason)
    case .posterRequested:
      try await PosterJobs(services: services).fail(event, reason)
    case .waveformRequested:
      let isCurrent = try await services.store.update(event.file, version: event.version) { record in
        (record.waveformStatus, record.waveformError) = (.failed, reason)
      }
      if isCurrent {
        let failed = LibraryEvent(.waveformFailed, of: event, error: reason)
        try await services.jobs.publisher.publish([failed.entry], idempotencyKey: "waveform-failed-\(requestID)")
      }
    case .hashRequested:
      try await FileHashing(services: services).fail(event, reason)
    case .metadataRequested, .imagePrewarmRequested, .imageTransformRequested, .previewsRequested,
      .proxyReady, .momentReady, .posterReady, .waveformReady,
      .proxyFailed, .momentFailed, .posterFailed, .waveformFailed:
      return false
    }
    return true
  }
}
