package import Audio
package import Core
import Logging
package import MediaJobs
package import ObjectCache
package import ObjectStore
import S3Protocol

/// Finished files by content, target and preset; what was not asked for longest goes first.
package struct TranscodeCache: Sendable {
  private let objects: any ObjectStore
  private let cache: ObjectCache
  private let uses: LastUse
  private let clock: WallClock
  private let logger: Logger
  private let bucket: String
  private let maximumBytes: Int64

  /// - Returns: `nil` if no bucket is configured.
  package init?(services: JobServices, settings: TranscoderSettings) {
    guard let bucket = settings.bucket else { return nil }
    objects = services.objects
    clock = services.clock
    logger = services.logger
    self.bucket = bucket
    maximumBytes = settings.maximumCacheBytes
    var configuration = ObjectCache.Configuration()
    configuration.scratch = settings.scratch
    cache = ObjectCache(store: objects, configuration: configuration, clock: clock, logger: logger)
    uses = LastUse(store: objects, timeToLive: settings.jobLife)
  }

  /// - Throws: errors of the store.
  package func find(_ entry: CacheEntry) async throws -> ObjectInfo? {
    guard let info = try await cache.find(entry) else { return nil }
    try await uses.note(entry)
    return info
  }

  /// - Throws: errors of the store and of `source`.
  package func store(_ source: any ByteSource, _ entry: CacheEntry, _ target: TranscodeTarget) async throws
    -> ObjectInfo
  {
    defer { source.close() }
    let etag = try await objects.put(source: source, as: entry.key, in: entry.bucket, options: options(target))
    return info(entry, source.size, etag)
  }

  /// Stores a file that consists of a head and of objects one behind the other.
  ///
  /// - Returns: `nil` if the store cannot join them.
  /// - Throws: errors of the store.
  func store(
    _ head: [UInt8], _ pieces: [ObjectInfo], _ entry: CacheEntry, _ target: TranscodeTarget
  ) async throws -> ObjectInfo? {
    let etag = try await objects.concatenate(
      head, pieces, as: entry.key, in: entry.bucket, options: options(target))
    return etag.map { info(entry, Int64(head.count) + pieces.reduce(0) { $0 + $1.size }, $0) }
  }

  private func options(_ target: TranscodeTarget) -> PutOptions {
    var options = PutOptions(contentType: target.contentType)
    options.cacheControl = "private, max-age=3600"
    return options
  }

  private func info(_ entry: CacheEntry, _ size: Int64, _ etag: ETag) -> ObjectInfo {
    ObjectInfo(key: entry.key, size: size, etag: etag, lastModified: clock.now())
  }

  /// Deletes what is too much.
  ///
  /// - Parameter size: bytes of the newest result, which stays even if it alone is too large.
  package func sweep(keeping size: Int64 = 0) async throws {
    let report = try await CacheSweep(store: objects, clock: clock).run(
      bucket: bucket, root: TranscodePlaces.results, maximumBytes: max(maximumBytes, size), timeToLive: nil)
    TranscodeMetrics.cache(bytes: report.bytes, evicted: report.evicted)
  }
}
