import Core
import LambdaEvents
package import ObjectStore
import S3Protocol

/// Reads a result from its beginning while it is made: chunk after chunk, then the rest from the finished object.
///
/// For callers without the gateway of this project: functions on AWS, the command line, tests.
package struct ResultFollower: Sendable {
  private let cache: ObjectCache
  private let entry: CacheEntry
  private var chunk = 0
  private var offset: Int64 = 0
  private var finished: ObjectInfo?
  /// The run whose chunks are read.
  private var owner: String?
  private var seen: (etag: ETag, since: ContinuousClock.Instant)?

  /// Bytes of the finished object that are read at a time.
  private static let pieceBytes: Int64 = 1 << 20

  package init(_ entry: CacheEntry, of cache: ObjectCache) {
    self.entry = entry
    self.cache = cache
  }

  /// Whether nothing has been read, so that a failure can still become a status.
  package var isAtStart: Bool { offset == 0 }

  /// The next bytes, at least one; `nil` at the end. Suspends until they are there.
  ///
  /// - Parameter deadline: when to give up; `nil`: never.
  /// - Throws: `ResultFailure`: the run has failed, its claim is void, or no run makes the result. What was read until
  ///   then is not the whole result.
  package mutating func next(until deadline: ContinuousClock.Instant? = nil) async throws -> [UInt8]? {
    while true {
      if let finished { return try await rest(of: finished) }
      if let bytes = try await read(entry.chunkKey(chunk)) {
        guard try await isOfSameRun() else { continue }
        chunk += 1
        offset += Int64(bytes.count)
        seen = nil
        if !bytes.isEmpty { return bytes }
        continue
      }
      finished = try await cache.head(entry.key, entry.bucket)
      if finished != nil { continue }
      try await checkClaim()
      if let deadline, .now >= deadline { throw ResultFailure.tooSlow }
      try await cache.wait(for: entry.chunkKey(chunk), in: entry.bucket, from: nil)
    }
  }

  /// Whether the chunk that was just read goes on from those before it: another run may have taken over in between.
  ///
  /// - Returns: false if it is to be looked at again.
  /// - Throws: `ResultFailure`.
  private mutating func isOfSameRun() async throws -> Bool {
    guard let claim = try await cache.readClaim(entry)?.claim else {
      // The end: what is left is in the object.
      finished = try await cache.head(entry.key, entry.bucket)
      return finished == nil
    }
    if claim.owner == owner { return true }
    guard offset == 0 else { throw ResultFailure.makerLost }
    owner = claim.owner
    return false
  }

  /// Waits for the finished object without reading what is there of it.
  ///
  /// - Throws: as `next` does.
  package mutating func completed() async throws -> ObjectInfo {
    while true {
      if let info = try await cache.head(entry.key, entry.bucket) { return info }
      try await checkClaim()
      try await cache.wait(for: entry.key, in: entry.bucket, from: nil)
    }
  }

  private mutating func rest(of info: ObjectInfo) async throws -> [UInt8]? {
    guard offset < info.size else { return nil }
    let end = min(info.size, offset + Self.pieceBytes) - 1
    let (_, bytes) = try await cache.store.get(entry.key, in: entry.bucket, range: offset...end, ifMatch: info.etag)
    offset += Int64(bytes.count)
    return bytes
  }

  private func read(_ key: String) async throws -> [UInt8]? {
    do {
      return try await cache.store.get(key, in: entry.bucket).bytes
    } catch let error as ObjectStoreError where error.isAbsence {
      return nil
    }
  }

  private mutating func checkClaim() async throws {
    guard let (etag, claim) = try await cache.readClaim(entry) else {
      // It may have been finished between the two looks.
      finished = try await cache.head(entry.key, entry.bucket)
      if finished == nil {
        throw ResultFailure(
          statusCode: 503, code: ResultFailure.notUnderWay, message: "no run makes this result; ask for it again",
          isRetryable: true
        )
      }
      return
    }
    if claim.state == .failed { throw ResultFailure(claim) }
    if let seen, seen.etag == etag {
      if .now - seen.since >= cache.configuration.voidAfter {
        throw ResultFailure.makerLost
      }
    } else {
      seen = (etag, .now)
    }
  }
}
