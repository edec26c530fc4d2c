import Core
import FoundationEssentials
package import ImageTransforms
import MediaJobs
import ObjectStore
import S3Protocol

/// Which images are still to be made ready: a zero-byte object each, the newest first in the order of keys, so that a
/// pass lists what is to be done and not the library.
extension LibraryStore {
  static let prewarmMarkers = "index/prewarm/pending/"
  private static let seededKey = "index/prewarm/version.json"
  /// Markers that are written side by side.
  private static let markersAtATime = 16

  /// For which version of the registry all images have been marked.
  private struct Seeded: Codable, Sendable {
    var variantsVersion: Int
    var marking: Marking?
  }

  /// How far the images have been marked for a newer version: from the last page of each library's index to the first, one
  /// library after the other in the order of their identifiers.
  private struct Marking: Codable, Sendable {
    var version: Int
    /// Was marked last.
    var library: String
    var page: Int
  }

  /// - Parameter createdAt: of the file's record. An image has one marker, whatever it is marked for.
  package func markForPrewarming(_ file: FileIdentity, createdAt: String) async throws {
    _ = try await objects.put([], as: Self.prewarmMarker(of: file, createdAt: createdAt), in: buckets.library)
  }

  /// The image is done, or nothing will come of it.
  package func unmarkForPrewarming(_ record: FileRecord) async throws {
    let marker = Self.prewarmMarker(of: record.identity, createdAt: record.createdAt)
    try await objects.delete(marker, in: buckets.library)
  }

  private static func prewarmMarker(of file: FileIdentity, createdAt: String) -> String {
    let moment = Date(iso8601: createdAt)?.millisecondsSince1970 ?? 0
    let order = String(9_999_999_999_999 - min(max(0, moment), 9_999_999_999_999))
    let digits = String(repeating: "0", count: 13 - order.count) + order
    return "\(prewarmMarkers)\(digits)-\(file.libraryID)-\(file.fileID)"
  }

  /// The marker's file; nil for any other key.
  package static func markedFile(_ key: String) -> FileIdentity? {
    let name = key.dropFirst(prewarmMarkers.count + 14)
    guard key.hasPrefix(prewarmMarkers), name.count == 73,
      let library = FileIdentity.identifier(name.prefix(36)), let file = FileIdentity.identifier(name.suffix(36))
    else { return nil }
    return FileIdentity(libraryID: library, fileID: file)
  }

  /// Marks the images of one more page of the indexes, if the registry has a newer version than the one for which all
  /// images have been marked.
  ///
  /// - Returns: false if there is no such page.
  package func markMoreAfterChange(of variants: ImageVariants = .current) async throws -> Bool {
    let stored = try await documents.read(Seeded.self, at: Self.seededKey, in: buckets.library)
    let marked = stored?.value?.variantsVersion ?? 0
    guard marked < variants.version else { return false }
    let former = stored?.value?.marking.flatMap { $0.version == variants.version ? $0 : nil }
    guard let next = try await pageAfter(former, version: variants.version) else {
      try await documents.write(Seeded(variantsVersion: variants.version), at: Self.seededKey, in: buckets.library)
      return false
    }
    let entries = try await page(next.page, of: next.library)?.entries ?? []
    var images = entries.lazy.filter { $0.kind == .image && $0.role != .proxy }.makeIterator()
    try await withThrowingTaskGroup(of: Void.self) { group in
      func markNext() {
        guard let image = images.next() else { return }
        let file = FileIdentity(libraryID: next.library, fileID: image.id)
        group.addTask { try await markForPrewarming(file, createdAt: image.createdAt) }
      }
      for _ in 0..<Self.markersAtATime { markNext() }
      while try await group.next() != nil { markNext() }
    }
    try await documents.write(
      Seeded(variantsVersion: marked, marking: next), at: Self.seededKey, in: buckets.library)
    return true
  }

  private func pageAfter(_ former: Marking?, version: Int) async throws -> Marking? {
    for library in try await libraries() where library >= former?.library ?? "" {
      let pages = try await pageNumbers(libraryID: library)
      if let page = pages.last(where: { library != former?.library || $0 < former?.page ?? 0 }) {
        return Marking(version: version, library: library, page: page)
      }
    }
    return nil
  }
}
