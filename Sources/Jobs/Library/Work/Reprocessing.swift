import Core
import EventBus
import MediaJobs
import ObjectStore

/// Makes derivatives again whose makers need no more than an event.
package struct Reprocessing: Sendable {
  let services: LibraryServices
  private var store: LibraryStore { services.store }

  package init(services: LibraryServices) { self.services = services }

  /// The missing sizes of an image; its former faults are forgotten.
  package func imageProxy(of file: FileIdentity) async throws {
    let queued = try await store.update(file) { record in
      record.imageProxyStatus = .queued
      (record.imageProxyError, record.imageProxyAttempts) = (nil, nil)
      (record.imageProxyWarmedVersion, record.imageProxyStartedAt) = (nil, nil)
      return true
    }
    guard let queued else { return }
    // The hourly pass finds what this event does not reach.
    try await store.markForPrewarming(file, createdAt: queued.record.createdAt)
    try await announce(.imagePrewarmRequested, queued.record)
  }

  package func poster(of file: FileIdentity) async throws {
    let queued = try await store.update(file) { record in
      (record.thumbnailStatus, record.thumbnailError) = (.queued, nil)
      return true
    }
    guard let queued else { return }
    try await announce(.posterRequested, queued.record, ["run": .string(RequestID.make())])
  }

  /// All of them: a manifest that says how the former try ended would end this one.
  package func previews(of file: FileIdentity) async throws {
    let queued = try await store.update(file) { record in
      record.previewsStatus = .queued
      (record.previewsError, record.previewsManifest) = (nil, nil)
      return true
    }
    guard let record = queued?.record else { return }
    try await store.removeAll(below: file.previewsPrefix(version: record.version), in: store.buckets.cache)
    try await announce(.previewsRequested, record, PreviewResults.output(of: record, in: store.buckets))
  }

  private func announce(
    _ kind: LibraryEvent.Kind, _ record: FileRecord, _ extra: [String: JSONValue] = [:]
  ) async throws {
    let event = LibraryEvent(kind, record, bucket: store.buckets.library, extra: extra)
    try await services.jobs.publisher.publish([event.entry], idempotencyKey: nil)
  }
}
