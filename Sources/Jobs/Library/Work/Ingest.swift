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
  package func process(_ notification: ObjectNotification) async throws {
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

    var replaced: FileRecord?
    var kinds: [LibraryEvent.Kind] = []
    let updated = try await store.update(file) { record in
      (replaced, kinds) = (nil, [])
      guard record.objectKey != key || record.etag != upload.etag.value else { return false }
      if record.isUploaded { replaced = record }
      record.startOver(version: record.version + 1)
      record.objectKey = key
      record.etag = upload.etag.value
      record.size = upload.size
      record.mimeType = type
      record.derivedFileIds = nil
      kinds = Derivatives.plan(&record)
      return true
    }
    guard let record = updated?.record else { return }
    if let replaced { try await forget(replaced, keeping: key) }
    try await announce(record, kinds)
  }

  /// An upload that came past the interface is a file as well.
  private func createIfNeeded(_ file: FileIdentity, key: String, type: String) async throws {
    guard try await store.record(of: file) == nil else { return }
    let name = key.split(separator: "/", maxSplits: 3).last.map(String.init) ?? file.fileID
    _ = try await store.create(
      FileRecord(identity: file, name: name, mimeType: type, createdAt: store.now, createdBy: nil))
  }

  /// Removes what was made of the former content.
  private func forget(_ former: FileRecord, keeping key: String) async throws {
    let file = former.identity
    for derived in former.derivedFileIds ?? [] {
      _ = try await store.remove(FileIdentity(libraryID: file.libraryID, fileID: derived))
    }
    try await store.forgetHash(of: former)
    try await store.removeAll(below: file.cachePrefix, in: store.buckets.cache)
    try await store.removeAll(below: file.derivedPrefix, in: store.buckets.library)
    if let old = former.objectKey, old != key { try await store.objects.delete(old, in: store.buckets.library) }
  }

  /// Announces what is still to be made. A notification that comes again after a crash announces it again; those who do
  /// the work see what is done already.
  private func announce(_ record: FileRecord, _ planned: [LibraryEvent.Kind]) async throws {
    guard record.announcedVersion != record.version else { return }
    var planned = planned
    if planned.isEmpty {
      var copy = record
      planned = Derivatives.plan(&copy)
    }
    if record.kind == .image {
      try await store.markForPrewarming(record.identity)
      if !services.prewarms { planned.removeAll { $0 == .imagePrewarmRequested } }
    }
    let events = planned.map { LibraryEvent($0, record, bucket: store.buckets.library).entry }
    try await services.jobs.publisher.publish(
      events, idempotencyKey: "ingest-\(record.libraryId)-\(record.id)-\(record.version)")
    try await store.update(record.identity, version: record.version) { $0.announcedVersion = $0.version }
  }
}
