package import Core
import FoundationEssentials
package import Logging
package import ObjectStore
import S3Protocol

/// Results that are made once and kept: one run at a time per result, across processes and nodes, by claims in the
/// object store. Waiting callers read what is there already; see `ResultFollower`.
///
/// A run claims a result by writing the claim with `If-None-Match: *` and renews it by `If-Match`. A claim that stays the
/// same for `voidAfter`, as the one who looks at it observes, is void and may be taken over by `If-Match`. No clocks are
/// compared between machines, except for how long a failure is remembered.
package struct ObjectCache: Sendable {
  package struct Configuration: Sendable {
    package var renewalInterval: Duration = .seconds(3)
    package var voidAfter: Duration = .seconds(10)
    /// A run that could not renew its claim for so long gives up, before others may take the claim for void.
    package var giveUpAfter: Duration = .seconds(8)
    /// How long a failure that another try cannot mend is the answer.
    package var failureMemory: Duration = .seconds(10)
    /// A chunk holds at most so many bytes.
    package var chunkBytes = 64 << 10
    /// Bytes wait at most so long for their chunk.
    package var chunkInterval: Duration = .milliseconds(100)
    /// The first bytes become a chunk at once: for results that take long to make and are followed meanwhile.
    package var startsAtOnce = false
    /// How long a store that cannot wait for a change is left alone between two looks.
    package var pollInterval: Duration = .milliseconds(100)
    /// Life of a result after it was last asked for; `nil`: without end.
    package var timeToLive: Duration? = nil
    /// Folder for results above 1 MiB while they are made.
    package var scratch = "/tmp"

    package init() {}
  }

  /// What became of a request to make a result.
  package enum Outcome: Sendable {
    /// This run has made it.
    case made(ObjectInfo)
    /// It was there.
    case present(ObjectInfo)
    /// Another run makes it.
    case underWay
    /// It cannot be made; remembered from another run, or found by this one.
    case failed(ResultFailure)
  }

  let store: any ObjectStore
  let configuration: Configuration
  let clock: WallClock
  let logger: Logger

  package init(
    store: any ObjectStore, configuration: Configuration = .init(), clock: WallClock = .system, logger: Logger
  ) {
    self.store = store
    self.configuration = configuration
    self.clock = clock
    self.logger = logger
  }

  /// The finished result; `nil` if there is none, or if it was not asked for within `timeToLive`.
  package func find(_ entry: CacheEntry) async throws -> ObjectInfo? {
    guard let info = try await head(entry.key, entry.bucket) else { return nil }
    guard let life = configuration.timeToLive else { return info }
    let limit = clock.now().addingTimeInterval(-(life / .seconds(1)))
    if info.lastModified >= limit { return info }
    let use = try await head(entry.lastUseKey, entry.bucket)
    return use.map { $0.lastModified >= limit } == true ? info : nil
  }

  /// Makes a result unless it is there or another run makes it.
  ///
  /// - Parameters:
  ///   - waitsForVoid: whether to watch the claim of another run until it is renewed (`underWay`) or void. Without, any
  ///     claim means `underWay`.
  ///   - options: of the finished object; conditions are ignored.
  ///   - body: writes the result; it is cancelled if the claim is lost. What it throws is recorded for waiting callers.
  /// - Throws: `ClaimLost`; what the store throws; what `body` throws if another try may mend it.
  package func make(
    _ entry: CacheEntry, waitsForVoid: Bool = true, options: PutOptions = .init(),
    _ body: @escaping @Sendable (ResultWriter) async throws -> Void
  ) async throws -> Outcome {
    switch try await claim(entry, waitsForVoid: waitsForVoid) {
    case .present(let info): return .present(info)
    case .underWay: return .underWay
    case .failed(let failure): return .failed(failure)
    case .owned(let lease):
      do {
        return .made(try await run(entry, lease, options, body))
      } catch let error as ClaimLost {
        throw error
      } catch {
        let failure = ResultFailure(error)
        // The task may have been cancelled, which must not keep waiting callers from learning it.
        await Task { await record(failure, of: entry, lease) }.value
        if failure.isRetryable { throw error }
        return .failed(failure)
      }
    }
  }

  /// The result is of no use any more: deletes it and what belongs to it.
  package func remove(_ entry: CacheEntry) async throws {
    try await store.delete([entry.key, entry.lastUseKey], in: entry.bucket)
    try await removeChunks(entry)
    try await store.delete(entry.claimKey, in: entry.bucket)
  }

  // MARK: Running

  private func run(
    _ entry: CacheEntry, _ lease: ClaimLease, _ options: PutOptions,
    _ body: @escaping @Sendable (ResultWriter) async throws -> Void
  ) async throws -> ObjectInfo {
    let writer = ResultWriter(entry, store: store, configuration: configuration, lease: lease)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        while true {
          try await Task.sleep(for: configuration.renewalInterval)
          try await lease.renew()
        }
      }
      group.addTask {
        var pause = configuration.chunkInterval
        while true {
          try await Task.sleep(for: pause)
          pause = try await writer.flushWaiting()
        }
      }
      group.addTask {
        try await body(writer)
        return true
      }
      defer { group.cancelAll() }
      while try await group.next() == false {}
    }
    var options = options
    (options.ifMatch, options.ifNoneMatch) = (nil, false)
    let etag = try await writer.publish(options)
    let info = ObjectInfo(
      key: entry.key, size: await writer.size, etag: etag, lastModified: clock.now(), contentType: options.contentType,
      metadata: options.metadata)
    // From here on the result is there; what cannot be cleaned up now is cleaned up by the next sweep.
    do {
      try await removeChunks(entry, count: await writer.chunks)
      try await store.delete(entry.claimKey, in: entry.bucket)
    } catch {
      logger.warning(
        "the claim of a finished result was not deleted", metadata: ["key": "\(entry.key)", "error": "\(error)"])
    }
    return info
  }

  private func record(_ failure: ResultFailure, of entry: CacheEntry, _ lease: ClaimLease) async {
    do {
      try await lease.fail(failure)
      try await removeChunks(entry)
    } catch {
      // The claim becomes void by itself.
      logger.warning("a failure was not recorded", metadata: ["key": "\(entry.key)", "error": "\(error)"])
    }
  }

  func removeChunks(_ entry: CacheEntry, count: Int? = nil) async throws {
    let keys: [String]
    if let count {
      keys = (0..<count).map(entry.chunkKey)
    } else {
      keys = try await store.listAll(bucket: entry.bucket, prefix: "\(entry.prefix)chunk-").map(\.key)
    }
    if !keys.isEmpty { try await store.delete(keys, in: entry.bucket) }
  }

  func head(_ key: String, _ bucket: String) async throws -> ObjectInfo? {
    do {
      return try await store.head(key, in: bucket)
    } catch let error as ObjectStoreError where error.isAbsence {
      return nil
    }
  }
}

extension ObjectStoreError {
  var isAbsence: Bool { code == "NoSuchKey" || httpStatus == 404 && code != "NoSuchBucket" }
  /// A conditional write that came second.
  var isConflict: Bool { code == "PreconditionFailed" || code == "ConditionalRequestConflict" }
}
