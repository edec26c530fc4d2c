import Core
import EventBus
package import LambdaEvents
package import Library
import MediaJobs

/// `GET` and `POST …/waveform`; every other derivative is answered by the routes behind these.
package struct WaveformRoutes: DerivativeRoutes {
  private let others: any DerivativeRoutes

  package init(others: any DerivativeRoutes = NoDerivatives()) { self.others = others }

  package func answer(
    _ event: HTTPEvent, _ method: String, _ action: LibraryRoute.FileAction, of record: FileRecord,
    role: Session.Role, services: LibraryServices
  ) async throws -> HTTPResult {
    guard action == .waveform else {
      return try await others.answer(event, method, action, of: record, role: role, services: services)
    }
    return method == "POST"
      ? try await request(record, services) : try await document(record, services)
  }

  package func reprocessThumbnails(of library: String, services: LibraryServices) async throws -> HTTPResult {
    try await others.reprocessThumbnails(of: library, services: services)
  }

  package func withProgress(_ record: FileRecord, services: LibraryServices) async throws -> FileRecord {
    try await others.withProgress(record, services: services)
  }

  package func progressPrefix(of record: FileRecord, services: LibraryServices) async throws -> String {
    try await others.progressPrefix(of: record, services: services)
  }

  private func document(_ record: FileRecord, _ services: LibraryServices) async throws -> HTTPResult {
    guard record.waveformStatus == .complete else { throw APIError(404, "Waveform not ready") }
    let key = record.identity.waveformKey
    guard try await services.store.documents.head(key, in: services.store.buckets.cache) != nil else {
      throw APIError(404, "Waveform data not found")
    }
    return .reference(
      .object(bucket: services.store.buckets.cache, key: key),
      headers: [.init("content-type", "application/json"), .init("cache-control", "private, no-cache")])
  }

  /// Draws it again: the version that counts is raised, so that a run under way for the former one is discarded.
  private func request(_ record: FileRecord, _ services: LibraryServices) async throws -> HTTPResult {
    guard record.role == .original, record.kind == .audio || record.kind == .video else {
      throw APIError(400, "Only uploaded audio and video have a waveform.")
    }
    let changed = try await services.store.update(record.identity) { record in
      record.waveformStatus = .queued
      record.waveformProgress = 0
      record.waveformError = nil
      record.waveformVersion = (record.waveformVersion ?? 0) + 1
      return true
    }
    guard let record = changed?.record else { throw APIError.notFound }
    // The version keeps two requests apart that are otherwise equal.
    let event = LibraryEvent(
      .waveformRequested, record, bucket: services.store.buckets.library,
      extra: ["waveformVersion": .integer(Int64(record.waveformVersion ?? 1))])
    try await services.jobs.publisher.publish([event.entry], idempotencyKey: nil)
    return try HTTPResult.privateJSON(record, status: 202)
  }
}
