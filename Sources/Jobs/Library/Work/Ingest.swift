import Core
package import EventBus
import FoundationEssentials
import ImageTransforms
import MediaJobs
import ObjectStore
import S3Protocol

/// What follows an upload: the record, and one event for each derivative that the content needs.
///
/// Everything is told by what is in the store now, so that notifications may come late, twice or in any order.
package struct Ingest: Sendable {
  let services: LibraryServices
  private var store: LibraryStore { services.store }

  package init(services: LibraryServices) { self.services = services }

  /// - Throws: what another try may mend.
  package func process(_ notification: S3Notification) async throws {
    let key = notification.key
    guard let file = FileIdentity(originalKey: key) else { return }
    guard let upload = try await store.documents.head(key, in: store.buckets.library) else { return }
    let head =
      upload.size == 0
      ? []
      : try await store.documents.bytes(
        at: key, in: store.buckets.library, range: 0...min(Int64(ContentSniffer.length), upload.size) - 1) ?? []
    let type = ContentSniffer.mimeType(head) ?? "application/octet-stream"
    try await createIfNeeded(file, key: key, type: type)

    if let former = try await store.record(of: file), former.isUploaded, former.etag != upload.etag.value {
      try await store.forgetHash(of: former)
    }
    var kinds: [LibraryEvent.Kind] = []
    let updated = try await store.update(file) { record in
      kinds = []
      guard record.objectKey != key || record.etag != upload.etag.value else { return false }
      record.startOver(version: record.version + 1)
      record.objectKey = key
      record.etag = upload.etag.value
      record.size = upload.size
      record.mimeType = type
      kinds = Derivatives.plan(&record)
      return true
    }
    // What follows is done again by the next try, until all of it has been done once.
    guard let record = updated?.record, record.announcedVersion != record.version else { return }
    if record.version > 1 { try await forgetFormer(record) }
    try await announce(record, kinds)
  }

  /// An upload that came past the interface is a file as well.
  private func createIfNeeded(_ file: FileIdentity, key: String, type: String) async throws {
    guard try await store.record(of: file) == nil else { return }
    let name = key.split(separator: "/", maxSplits: 3).last.map(String.init) ?? file.fileID
    _ = try await store.create(
      FileRecord(identity: file, name: name, mimeType: type, createdAt: store.now, createdBy: nil))
  }

  /// Removes the former content and what was made of it.
  private func forgetFormer(_ record: FileRecord) async throws {
    let file = record.identity
    for derived in record.derivedFileIds ?? [] {
      _ = try await store.remove(FileIdentity(libraryID: file.libraryID, fileID: derived))
    }
    try await store.removeAll(below: file.cachePrefix, in: store.buckets.cache)
    try await store.removeAll(below: file.derivedPrefix, in: store.buckets.library)
    let former = try await store.objects.listAll(bucket: store.buckets.library, prefix: file.originalPrefix)
      .map(\.key).filter { $0 != record.objectKey }
    if !former.isEmpty { try await store.objects.delete(former, in: store.buckets.library) }
  }

  /// Announces what is still to be made. A notification that comes again after a crash announces it again; the
  /// functions that do the work see what is done already.
  private func announce(_ record: FileRecord, _ planned: [LibraryEvent.Kind]) async throws {
    var planned = planned
    if planned.isEmpty {
      var copy = record
      planned = Derivatives.plan(&copy)
    }
    if record.kind == .image {
      // The same marker as when all images are marked again.
      try await store.markForPrewarming(record.identity, createdAt: record.createdAt)
      if !services.prewarms { planned.removeAll { $0 == .imagePrewarmRequested } }
    }
    let events = planned.map { kind in
      LibraryEvent(
        kind, record, bucket: store.buckets.library,
        extra: kind == .previewsRequested ? PreviewResults.output(of: record, in: store.buckets) : [:]
      ).entry
    }
    try await services.jobs.publisher.publish(
      events, idempotencyKey: "ingest-\(record.libraryId)-\(record.id)-\(record.version)")
    try await store.update(record.identity, version: record.version) { $0.announcedVersion = $0.version }
  }
}
