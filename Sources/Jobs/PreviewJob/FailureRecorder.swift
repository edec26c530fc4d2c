import EventBus
import Logging
import ObjectStore
package import Core
import S3Protocol

/// Writes down that every try of an invocation has failed, so that its job ends and nobody waits for a manifest that
/// never comes.
///
/// The event is Lambda's destination record of an asynchronous invocation: `requestPayload` holds the event that
/// failed; `requestContext` and `responsePayload.errorMessage` say why.
package struct FailureRecorder: Sendable {
  private let services: PreviewServices

  package struct Invalid: ClassifiedError {
    package let message: String
    package var code: String { "InvalidEvent" }
    package var isRetryable: Bool { false }
  }

  package init(services: PreviewServices) {
    self.services = services
  }

  /// - Throws: `Invalid` where `record` is no failure record; `ObjectStoreError` and others that another try may mend.
  package func record(_ record: JSONValue, requestID: String) async throws {
    guard let payload = record["requestPayload"] else {
      throw Invalid(message: "expected the failure record of an asynchronous invocation, with 'requestPayload'")
    }
    let reason = Self.reason(of: record)
    do {
      if let clip = try? ClipEvent(json: payload) {
        try await fail(clip, reason: reason, requestID: requestID)
        return
      }
      for notification in try ObjectNotification.decode(JSON.encode(payload)) {
        guard let object = try? notification.get(), let job = try await job(for: object.key, etag: object.etag) else {
          continue
        }
        try await services.completion.fail(job, reason: reason, gaveUp: true, requestID: requestID)
      }
    } catch is Superseded {
      services.logger.info("superseded")
    }
  }

  private static func reason(of record: JSONValue) -> String {
    let cause =
      record["responsePayload"]?["errorMessage"]?.stringValue ?? record["requestContext"]?["condition"]?.stringValue
      ?? "unknown error"
    let attempts = record["requestContext"]?["approximateInvokeCount"]?.intValue
    return attempts.map { "gave up after \($0) attempts: \(cause)" } ?? "gave up: \(cause)"
  }

  private func job(for key: String, etag: String?) async throws -> Job? {
    guard let job = try await services.currentJob(for: key) else { return nil }
    return etag == nil || etag == job.source.etag.value ? job : nil
  }

  private func fail(_ clip: ClipEvent, reason: String, requestID: String) async throws {
    guard let job = try await job(for: clip.key, etag: clip.etag) else { return }
    if try await services.store.record(job, start: clip.start)?.status != .complete {
      let now = services.clock.now().millisecondsSince1970
      try await services.store.put(
        ClipRecord(failed: reason, gaveUp: true, start: clip.start, end: clip.end, at: now), of: job)
    }
    _ = try await services.completion.finish(
      job, clips: clip.count(snippetSize: services.settings.snippetSize), requestID: requestID)
  }
}
