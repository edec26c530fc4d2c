import Core
import Encodings
import EventBus
import FoundationEssentials
package import LambdaEvents
package import Library
package import LibraryAPI
import MediaJobs
import MediaTypes
import ObjectStore
import VideoProxy

/// The routes of what is made of videos: proxies, playback sources, posters, moments.
package struct VideoRoutes: DerivativeRoutes {
  /// Seconds of a moment at most.
  static let longestMoment = 600.0
  /// Seconds of an animated image at most.
  static let longestAnimation = 60.0

  package init() {}

  package func answer(
    _ event: HTTPEvent, _ method: String, _ action: LibraryRoute.FileAction, of record: FileRecord,
    role: Session.Role, services: LibraryServices
  ) async throws -> HTTPResult {
    switch (action, method) {
    case (.proxy, "POST"): return try await encode(record, role, services)
    case (.proxy, "DELETE"): return try await cancel(record, role, services)
    case (.proxy, _): return try await proxy(record, services)
    case (.playbackSources, _): return try await sources(record, services)
    case (.thumbnail, "POST"): return try await choosePoster(event, record, role, services)
    case (.thumbnail, _): return try await thumbnail(record, services)
    case (.moments, _): return try await moment(event, record, services)
    default: throw APIError(404, "There is no \(action.rawValue) of this file.")
    }
  }

  package func reprocessThumbnails(of library: String, services: LibraryServices) async throws -> HTTPResult {
    var count = 0
    for entry in try await services.store.entries(libraryID: library)
    where (entry.kind == .video || entry.kind == .audio) && entry.role == .original {
      let file = FileIdentity(libraryID: library, fileID: entry.id)
      if try await queuePoster(of: file, services) != nil { count += 1 }
    }
    return try Self.json(JSONValue.object(["queuedCount": .integer(Int64(count))]))
  }

  /// - Parameter time: of the frame that was chosen, in seconds; `nil`: the best one is looked for.
  /// - Returns: the record; `nil` if there is nothing to make a poster of.
  private func queuePoster(
    of file: FileIdentity, at time: Double? = nil, _ services: LibraryServices
  ) async throws -> FileRecord? {
    let queued = try await services.store.update(file) { record in
      guard record.isUploaded else { return false }
      (record.thumbnailStatus, record.thumbnailError) = (.queued, nil)
      return true
    }
    guard let queued, queued.record.isUploaded else { return nil }
    var extra: [String: JSONValue] = ["run": .string(RequestID.make())]
    if let time { extra["time"] = .number(time) }
    let request = LibraryEvent(
      .posterRequested, queued.record, bucket: services.store.buckets.library, extra: extra)
    try await services.jobs.publisher.publish([request.entry], idempotencyKey: nil)
    return queued.record
  }

  /// `{"time"}` in seconds chooses a frame; without it the best one is looked for once more.
  private func choosePoster(
    _ event: HTTPEvent, _ record: FileRecord, _ role: Session.Role, _ services: LibraryServices
  ) async throws -> HTTPResult {
    guard role == .owner else { throw APIError(403, "Only owners of the library may do this.") }
    try Self.requireOriginal(record, .video)
    let body = event.body ?? []
    let asked = body.isEmpty ? JSONValue.object([:]) : (try? JSON.decode(JSONValue.self, from: body)) ?? .null
    guard let members = asked.objectValue, members.keys.allSatisfy({ $0 == "time" }) else {
      throw APIError(400, "The body must be JSON with \"time\" in seconds, or empty.")
    }
    let time = members["time"]?.doubleValue
    guard members["time"] == nil || time.map({ $0 >= 0 && $0.isFinite }) == true else {
      throw APIError(400, "\"time\" must be 0 or more seconds.")
    }
    guard let queued = try await queuePoster(of: record.identity, at: time, services) else { throw APIError.notFound }
    return try Self.json(queued, status: 202)
  }

  package func withProgress(_ record: FileRecord, services: LibraryServices) async throws -> FileRecord {
    guard record.proxyStatus == .processing,
      let progress = try await ProxyJobs(services: services).progress(of: record)
    else { return record }
    var record = record
    (record.proxyProgress, record.proxyEtaSeconds) = (progress.percent, progress.secondsLeft)
    return record
  }

  package func progressPrefix(of record: FileRecord, services: LibraryServices) async throws -> String {
    try await ProxyJobs(services: services).progressPrefix(of: record)
  }

  private func encode(
    _ record: FileRecord, _ role: Session.Role, _ services: LibraryServices
  ) async throws -> HTTPResult {
    guard role == .owner else { throw APIError(403, "Only owners of the library may do this.") }
    try Self.requireOriginal(record, .video)
    guard let queued = try await ProxyJobs(services: services).begin(record, ProxyRequest(isForced: true)) else {
      throw APIError.notFound
    }
    return try Self.json(queued)
  }

  private func cancel(
    _ record: FileRecord, _ role: Session.Role, _ services: LibraryServices
  ) async throws -> HTTPResult {
    guard role == .owner else { throw APIError(403, "Only owners of the library may do this.") }
    guard let cancelled = try await ProxyJobs(services: services).cancel(record) else {
      throw APIError(409, "No proxy is being made.")
    }
    return try Self.json(cancelled)
  }

  private func proxy(_ record: FileRecord, _ services: LibraryServices) async throws -> HTTPResult {
    guard let proxy = try await newestProxy(of: record, services), let key = proxy.objectKey else {
      let isUnderWay = record.proxyStatus == .queued || record.proxyStatus == .processing
      throw APIError(404, isUnderWay ? "The proxy is still processing." : "No proxy is available.")
    }
    return .reference(
      .object(bucket: services.store.buckets.library, key: key),
      headers: [
        .init("content-type", "video/mp4"), .init("cache-control", "private, max-age=3600"),
        .init("x-content-type-options", "nosniff"),
      ])
  }

  private func newestProxy(of record: FileRecord, _ services: LibraryServices) async throws -> FileRecord? {
    var newest: FileRecord?
    for id in record.derivedFileIds ?? [] {
      let file = FileIdentity(libraryID: record.libraryId, fileID: id)
      guard let derived = try await services.store.record(of: file), derived.role == .proxy else { continue }
      if newest.map({ $0.createdAt < derived.createdAt }) ?? true { newest = derived }
    }
    return newest
  }

  private struct Sources: Encodable {
    struct Source: Encodable {
      var id: String
      var name: String
      var mimeType: String
      var kind: String
      var streamUrl: String
      var createdAt: String
    }
    var defaultSourceId: String
    var sources: [Source]
  }

  private func sources(_ record: FileRecord, _ services: LibraryServices) async throws -> HTTPResult {
    guard record.kind == .video || record.kind == .audio else { throw APIError(400, "The file is no video.") }
    func source(_ file: FileRecord, _ kind: String) -> Sources.Source {
      let name = PercentEncoding.encode(file.name)
      return Sources.Source(
        id: file.id, name: file.name, mimeType: file.mimeType, kind: kind,
        streamUrl: "/api/files/proxy/\(file.libraryId)/\(file.id)/\(name)", createdAt: file.createdAt)
    }
    var all = [source(record, "source")]
    if let proxy = try await newestProxy(of: record, services) { all.append(source(proxy, "proxy")) }
    return try Self.json(Sources(defaultSourceId: all[all.count - 1].id, sources: all))
  }

  private func thumbnail(_ record: FileRecord, _ services: LibraryServices) async throws -> HTTPResult {
    let key = record.identity.thumbnailKey
    guard try await services.store.documents.head(key, in: services.store.buckets.cache) != nil else {
      throw APIError(404, "There is no thumbnail.")
    }
    return .reference(
      .object(bucket: services.store.buckets.cache, key: key),
      headers: [
        .init("content-type", "image/webp"), .init("cache-control", "private, max-age=86400"),
        .init("x-content-type-options", "nosniff"),
      ])
  }

  private func moment(
    _ event: HTTPEvent, _ record: FileRecord, _ services: LibraryServices
  ) async throws -> HTTPResult {
    try Self.requireOriginal(record, .video)
    let body = (try? JSON.decode(JSONValue.self, from: event.body ?? [])) ?? .null
    let format = body["format"].map { $0.stringValue ?? "" } ?? "mp4"
    let animation = AnimationFormat(rawValue: format)
    guard animation != nil || format == "mp4" else {
      throw APIError(400, "The format of a moment must be \"mp4\", \"gif\" or \"webp\".")
    }
    let longest = animation == nil ? Self.longestMoment : Self.longestAnimation
    guard let start = body["start"]?.doubleValue, let end = body["end"]?.doubleValue, start >= 0, end > start,
      end - start <= longest
    else {
      throw APIError(400, "A moment needs \"start\" and \"end\" in seconds, at most \(Int(longest)) s apart.")
    }
    let job = ProxyJob(kind: .moment, file: record.identity, version: record.version, run: RequestID.make())
    var extra = job.extra
    (extra["start"], extra["end"]) = (.number(start), .number(end))
    if let animation { extra["format"] = .string(animation.rawValue) }
    let request = LibraryEvent(.momentRequested, record, bucket: services.store.buckets.library, extra: extra)
    try await services.jobs.publisher.publish([request.entry], idempotencyKey: job.prefix)
    // Afterwards, so that a moment that was never announced is not awaited. If its end came first, that stands.
    try await services.store.update(job.file, version: job.version) { record in
      // What failed before has been seen by then.
      record.moments?.removeAll { $0.status == .failed && $0.id != job.result.fileID }
      record.setMoment(job.result.fileID) { ($0.start, $0.end, $0.format) = (start, end, format) }
    }
    return try Self.json(
      JSONValue.object(["id": .string(job.result.fileID), "job": .string(job.run), "status": .string("queued")]),
      status: 202)
  }

  private static func requireOriginal(_ record: FileRecord, _ kind: MediaKind) throws(APIError) {
    guard record.kind == kind, record.role == .original, record.isUploaded else {
      throw APIError(400, "The file must be an uploaded \(kind.rawValue).")
    }
  }

  private static func json(_ value: some Encodable, status: Int = 200) throws -> HTTPResult {
    var result = try HTTPResult.json(value, status: status)
    result.headers.append(.init("cache-control", "private, no-store"))
    return result
  }
}
