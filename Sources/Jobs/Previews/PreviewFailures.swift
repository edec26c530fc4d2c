import Core
import EventBus
import Logging
package import MediaJobs
import ObjectStore
import S3Protocol

/// Ends a preview job whose function gave up, so that no reader waits for a manifest that never comes.
package struct PreviewFailures: FailureRecording {
  package let origins: [FailureOrigin]
  private let services: PreviewServices
  private let requests: [FailureOrigin]

  private static let clips = FailureOrigin.event(source: ClipEvent.source, detailType: ClipEvent.detailType)

  /// - Parameter requests: events by which other services ask for previews of videos of their own. Their details say where
  ///   these are and where the previews go (`PreviewAddress`).
  package init(services: PreviewServices, requests: [FailureOrigin] = []) {
    self.services = services
    self.requests = requests
    origins = [Self.clips, .object(bucket: services.buckets.source)] + requests
  }

  /// - Throws: `ObjectStoreError` and others that another try may mend.
  package func record(_ failure: InvocationFailure, requestID: String) async throws -> Bool {
    let found = failure.origins
    do {
      if found.contains(Self.clips) {
        guard let clip = try? ClipEvent(json: failure.event) else { return false }
        try await fail(clip, reason: failure.reason, requestID: requestID)
        return true
      }
      if found.contains(where: requests.contains) {
        guard let detail = failure.event["detail"]?.objectValue, detail["output"] != nil,
          let address = try? PreviewAddress(detail: detail)
        else { return false }
        guard let job = try await services.currentJob(for: address) else { return true }
        try await services.completion.fail(job, reason: failure.reason, gaveUp: true, requestID: requestID)
        return true
      }
      guard found.contains(.object(bucket: services.buckets.source)) else { return false }
      let notifications = try S3Notification.decode(failure.event)
      let objects = notifications.compactMap { try? $0.get() }.filter { $0.bucket == services.buckets.source }
      for object in objects {
        guard let job = try await job(for: PreviewAddress(key: object.key), etag: object.etag) else { continue }
        try await services.completion.fail(job, reason: failure.reason, gaveUp: true, requestID: requestID)
      }
      return true
    } catch is Superseded {
      services.logger.info("superseded")
      return true
    }
  }

  private func job(for address: PreviewAddress, etag: String?) async throws -> Job? {
    guard let job = try await services.currentJob(for: address) else { return nil }
    return etag == nil || etag == job.source.etag.value ? job : nil
  }

  private func fail(_ clip: ClipEvent, reason: String, requestID: String) async throws {
    guard let job = try await job(for: clip.address, etag: clip.etag) else { return }
    var record = try await services.store.record(job, start: clip.start)
    if record?.status != .complete {
      let now = services.clock.now().millisecondsSince1970
      let failed = ClipRecord(failed: reason, gaveUp: true, start: clip.start, end: clip.end, at: now)
      try await services.store.put(failed, of: job)
      record = failed
    }
    _ = try await services.completion.finish(
      job, clips: clip.count(snippetSize: services.settings.snippetSize), after: record, requestID: requestID)
  }
}
