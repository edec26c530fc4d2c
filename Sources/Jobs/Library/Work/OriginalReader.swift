import Core
import MediaJobs

/// Reads an original into memory, as far as it is small enough.
extension LibraryStore {
  /// The object is too large, or gone.
  package enum OriginalProblem: Error, Sendable, Equatable {
    case tooLarge(Int64)
    case gone
  }

  /// - Parameter limit: bytes.
  /// - Throws: `OriginalProblem`, `ObjectStoreError`.
  package func original(_ record: FileRecord, limit: Int) async throws -> [UInt8] {
    guard record.size <= Int64(limit) else { throw OriginalProblem.tooLarge(record.size) }
    guard let key = record.objectKey,
      let bytes = try await documents.bytes(at: key, in: buckets.library)
    else { throw OriginalProblem.gone }
    return bytes
  }
}
