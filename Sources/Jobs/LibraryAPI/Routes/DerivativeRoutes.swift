package import LambdaEvents
package import Library
import MediaJobs

/// Routes of derivatives that other modules make: proxies, posters, waveforms, moments.
package protocol DerivativeRoutes: Sendable {
  func answer(
    _ event: HTTPEvent, _ method: String, _ action: LibraryRoute.FileAction, of record: FileRecord,
    role: Session.Role, services: LibraryServices
  ) async throws -> HTTPResult

  func reprocessThumbnails(of library: String, services: LibraryServices) async throws -> HTTPResult

  /// The record with how far derivatives are that are under way: the record itself changes with their states only.
  func withProgress(_ record: FileRecord, services: LibraryServices) async throws -> FileRecord

  /// Where the parts of what is under way write how far they are, in the cache bucket.
  func progressPrefix(of record: FileRecord, services: LibraryServices) async throws -> String
}

extension DerivativeRoutes {
  package func withProgress(_ record: FileRecord, services: LibraryServices) async throws -> FileRecord { record }

  package func progressPrefix(of record: FileRecord, services: LibraryServices) async throws -> String {
    record.identity.jobPrefix("none", version: record.version)
  }
}

/// A library of images only.
package struct NoDerivatives: DerivativeRoutes {
  package init() {}

  package func answer(
    _ event: HTTPEvent, _ method: String, _ action: LibraryRoute.FileAction, of record: FileRecord,
    role: Session.Role, services: LibraryServices
  ) async throws -> HTTPResult {
    throw APIError(404, "There is no \(action.rawValue) of this file.")
  }

  package func reprocessThumbnails(of library: String, services: LibraryServices) async throws -> HTTPResult {
    try HTTPResult.privateJSON(["queuedCount": 0])
  }
}
