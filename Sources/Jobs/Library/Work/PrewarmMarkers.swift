import Core
import EventBus
package import FoundationEssentials
package import ImageTransforms
import MediaJobs
import ObjectStore
import S3Protocol

/// Which images are still to be made ready: a zero-byte object each, the newest first in the order of keys, so that a
/// pass lists what is to be done and not the library.
extension LibraryStore {
  static let prewarmMarkers = "index/prewarm/pending/"
  private static let seededKey = "index/prewarm/version.json"

  private struct Seeded: Codable, Sendable {
    var variantsVersion: Int
  }

  /// - Parameter since: milliseconds since 1970 of the upload; nil for now.
  package func markForPrewarming(_ file: FileIdentity, since: Int64? = nil) async throws {
    let moment = since ?? clock.now().millisecondsSince1970
    let order = String(9_999_999_999_999 - min(max(0, moment), 9_999_999_999_999))
    let digits = String(repeating: "0", count: 13 - order.count) + order
    let key = "\(Self.prewarmMarkers)\(digits)-\(file.libraryID)-\(file.fileID)"
    _ = try await objects.put([], as: key, in: buckets.library)
  }

  /// The marker's file; nil for any other key.
  package static func markedFile(_ key: String) -> FileIdentity? {
    let name = key.dropFirst(prewarmMarkers.count + 14)
    guard key.hasPrefix(prewarmMarkers), name.count == 73,
      let library = FileIdentity.identifier(name.prefix(36)), let file = FileIdentity.identifier(name.suffix(36))
    else { return nil }
    return FileIdentity(libraryID: library, fileID: file)
  }

  /// Marks every image again if the registry has a newer version than the one that they were marked for.
  package func markAllAfterChange(of variants: ImageVariants = .current) async throws {
    let stored = try await documents.read(Seeded.self, at: Self.seededKey, in: buckets.library)
    guard stored?.value?.variantsVersion ?? 0 < variants.version else { return }
    for library in try await libraries() {
      for entry in try await entries(libraryID: library) where entry.kind == .image && entry.role != .proxy {
        let since = Date(iso8601: entry.createdAt)?.millisecondsSince1970
        try await markForPrewarming(FileIdentity(libraryID: library, fileID: entry.id), since: since)
      }
    }
    try await documents.write(Seeded(variantsVersion: variants.version), at: Self.seededKey, in: buckets.library)
  }
}

/// One pass over what is to be made ready.
package struct PrewarmPass: Sendable {
  let services: LibraryServices
  private var store: LibraryStore { services.store }

  package static let filesPerPass = 500
  package static let strikes = 3
  /// Work that began longer ago is taken to be lost.
  package static let patience: TimeInterval = 15 * 60

  package init(services: LibraryServices) { self.services = services }

  /// Announces a bounded number of images, the newest first, and mends the indexes.
  ///
  /// - Returns: how many were announced.
  package func run() async throws -> Int {
    for library in try await store.libraries() { _ = try await store.mendIndex(libraryID: library) }
    guard services.prewarms else { return 0 }
    try await store.markAllAfterChange()
    var announced = 0
    var position: String?
    repeat {
      let page = try await store.objects.list(
        bucket: store.buckets.library, prefix: LibraryStore.prewarmMarkers, startAfter: position, delimiter: nil,
        limit: 1000)
      for marker in page.objects {
        guard announced < Self.filesPerPass else { return announced }
        if try await announce(marker.key) { announced += 1 }
      }
      position = page.next
    } while position != nil
    return announced
  }

  private func announce(_ marker: String) async throws -> Bool {
    guard let file = LibraryStore.markedFile(marker) else { return false }
    let now = services.jobs.clock.now()
    var isDone = false
    let updated = try await store.update(file) { record in
      isDone = !Self.isWanted(record)
      guard !isDone, !Self.isUnderWay(record, now: now) else { return false }
      record.imageProxyStatus = .queued
      record.imageProxyStartedAt = now.iso8601(milliseconds: true)
      return true
    }
    guard let updated, !isDone else {
      try await store.objects.delete(marker, in: store.buckets.library)
      return false
    }
    guard updated.changed else { return false }
    let event = LibraryEvent(.imagePrewarmRequested, updated.record, bucket: store.buckets.library)
    try await services.jobs.publisher.publish([event.entry], idempotencyKey: nil)
    return true
  }

  /// Whether an image has variants to be made, of which something may come.
  package static func isWanted(_ record: FileRecord) -> Bool {
    record.isUploaded && record.kind == .image && record.imageProxyWarmedVersion != ImageVariants.current.version
      && record.imageProxyAttempts ?? 0 < strikes
  }

  static func isUnderWay(_ record: FileRecord, now: Date) -> Bool {
    guard record.imageProxyStatus == .queued || record.imageProxyStatus == .processing,
      let began = record.imageProxyStartedAt.flatMap({ Date(iso8601: $0) })
    else { return false }
    return now.timeIntervalSince(began) < patience
  }
}
