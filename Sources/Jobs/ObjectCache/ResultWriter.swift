import Core
import ObjectStore
import S3Protocol

/// Takes a result while it is made: what is written becomes chunks for followers, and the finished object.
///
/// One task writes.
package actor ResultWriter {
  private let entry: CacheEntry
  private let store: any ObjectStore
  private let configuration: ObjectCache.Configuration
  private let lease: ClaimLease
  private let spool: ResultSpool
  /// Not in a chunk yet.
  private var pending: [UInt8] = []
  private var pendingSince = ContinuousClock.now
  private var isWritingChunk = false
  private var waiters: [CheckedContinuation<Void, Never>] = []
  /// Chunks written or being written.
  private(set) var chunks = 0
  /// Bytes so far.
  private(set) var size: Int64 = 0

  init(
    _ entry: CacheEntry, store: any ObjectStore, configuration: ObjectCache.Configuration, lease: ClaimLease
  ) {
    self.entry = entry
    self.store = store
    self.configuration = configuration
    self.lease = lease
    spool = ResultSpool(folder: configuration.scratch)
  }

  /// Adds to the result; suspends while the store is slower.
  ///
  /// - Throws: what the store throws; `ClaimLost`.
  package func write(_ bytes: [UInt8]) async throws {
    guard !bytes.isEmpty else { return }
    if pending.isEmpty { pendingSince = .now }
    pending += bytes
    size += Int64(bytes.count)
    try await spool.append(bytes)
    if chunks == 0, configuration.startsAtOnce { try await writeChunk() }
    while pending.count >= configuration.chunkBytes { try await writeChunk() }
  }

  /// Writes what has waited long enough.
  ///
  /// - Returns: when to look again.
  func flushWaiting() async throws -> Duration {
    guard !pending.isEmpty, !isWritingChunk else { return configuration.chunkInterval }
    let rest = configuration.chunkInterval - (.now - pendingSince)
    guard rest <= .zero else { return rest }
    try await writeChunk()
    return configuration.chunkInterval
  }

  /// Writes the finished object.
  func publish(_ options: PutOptions) async throws -> ETag {
    // Followers wait for the rest, unless there was nothing of it to read before.
    while !pending.isEmpty, chunks > 0 { try await writeChunk() }
    try await lease.check()
    return try await spool.publish(as: entry, to: store, options)
  }

  /// One after the other: the next chunk is written when this one is there.
  private func writeChunk() async throws {
    while isWritingChunk { await withCheckedContinuation { waiters.append($0) } }
    guard !pending.isEmpty else { return }
    try await lease.check()
    isWritingChunk = true
    defer {
      isWritingChunk = false
      for waiter in waiters { waiter.resume() }
      waiters = []
    }
    let bytes = Array(pending.prefix(configuration.chunkBytes))
    pending.removeFirst(bytes.count)
    pendingSince = .now
    let key = entry.chunkKey(chunks)
    chunks += 1
    var options = PutOptions()
    options.ifNoneMatch = true
    do {
      _ = try await store.put(bytes, as: key, in: entry.bucket, options: options)
    } catch let error as ObjectStoreError where error.isConflict {
      // A run that does not know yet that it has lost its claim writes the same chunks.
      throw ClaimLost()
    }
  }
}
