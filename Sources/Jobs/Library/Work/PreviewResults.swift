package import Core
import MediaJobs
import ObjectStore

/// Previews of the library's videos: what their makers are told, and what becomes of their results.
package struct PreviewResults: Sendable {
  let services: LibraryServices
  private var store: LibraryStore { services.store }

  package init(services: LibraryServices) { self.services = services }

  /// Where the makers write, as their events name it.
  static func output(of record: FileRecord, in buckets: LibraryBuckets) -> [String: JSONValue] {
    let prefix = record.identity.previewsPrefix(version: record.version)
    return ["output": .object(["bucket": .string(buckets.cache), "prefix": .string(prefix)])]
  }

  /// Names the manifest in the file's record, or writes down why there is none.
  ///
  /// - Parameter event: `videoProcessed` or `videoFailed`; those of videos outside of the library are passed over.
  /// - Throws: what another try may mend.
  package func process(_ event: JSONValue) async throws {
    guard let detail = event["detail"], detail["output"]?["bucket"]?.stringValue == store.buckets.cache,
      let prefix = detail["output"]?["prefix"]?.stringValue,
      let (file, version) = FileIdentity.previews(prefix: prefix)
    else { return }
    let isComplete = detail["status"]?.stringValue == "complete"
    let updated = try await store.update(file) { record in
      guard record.version == version else { return false }
      // A failure that is announced late does not undo a later success.
      guard isComplete || record.previewsStatus != .ready else { return false }
      record.previewsStatus = isComplete ? .ready : .failed
      record.previewsError = isComplete ? nil : detail["reason"]?.stringValue ?? "No previews can be made."
      record.previewsManifest = isComplete ? detail["manifest"]?.stringValue : nil
      return true
    }
    // Made of a version that has been replaced, or of a file that has gone.
    if updated?.record.version != version { try await store.removeAll(below: prefix, in: store.buckets.cache) }
  }
}
