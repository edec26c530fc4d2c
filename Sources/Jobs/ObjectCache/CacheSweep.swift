package import Core
import FoundationEssentials
package import ObjectStore
import S3Protocol
import Synchronization

/// Keeps a part of a bucket within its bytes and its results' life: what was not asked for longest goes first.
package struct CacheSweep: Sendable {
  package struct Report: Sendable, Equatable {
    /// Results that are left, and their bytes.
    package var entries = 0
    package var bytes: Int64 = 0
    /// Results that were deleted.
    package var expired = 0
    package var evicted = 0
  }

  let store: any ObjectStore
  let clock: WallClock

  package init(store: any ObjectStore, clock: WallClock = .system) {
    self.store = store
    self.clock = clock
  }

  /// - Parameters:
  ///   - root: prefix of the keys.
  ///   - maximumBytes: `nil`: without limit.
  ///   - timeToLive: since a result was last asked for; `nil`: without end.
  ///   - isResult: whether a key is that of a result; claims, chunks and marks of use are known anyway.
  /// - Throws: what the store throws; what was deleted until then is deleted.
  package func run(
    bucket: String, root: String, maximumBytes: Int64?, timeToLive: Duration?,
    isResult: @Sendable (String) -> Bool = { _ in true }
  ) async throws -> Report {
    var results: [(key: String, size: Int64, lastUse: Date)] = []
    var uses: [String: Date] = [:]
    var leftovers: [String] = []
    let now = clock.now()
    for object in try await store.listAll(bucket: bucket, prefix: root) {
      let name = object.key[
        (object.key.lastIndex(of: "/").map { object.key.index(after: $0) } ?? object.key.startIndex)...]
      if object.key.hasSuffix(CacheEntry.lastUseSuffix) {
        uses[String(object.key.dropLast(CacheEntry.lastUseSuffix.utf8.count))] = object.lastModified
      } else if name == "claim" || name.hasPrefix("chunk-") {
        // A claim is renewed every few seconds, and a chunk is followed by the next.
        if now.timeIntervalSince(object.lastModified) > Self.leftoverAge { leftovers.append(object.key) }
      } else if isResult(object.key) {
        results.append((object.key, object.size, object.lastModified))
      }
    }
    for index in results.indices {
      if let use = uses.removeValue(forKey: results[index].key) {
        results[index].lastUse = max(results[index].lastUse, use)
      }
    }
    var report = Report()
    var doomed: [String] = []
    if let timeToLive {
      let limit = now.addingTimeInterval(-(timeToLive / .seconds(1)))
      doomed = results.filter { $0.lastUse < limit }.map(\.key)
      results.removeAll { $0.lastUse < limit }
      report.expired = doomed.count
    }
    report.bytes = results.reduce(0) { $0 + $1.size }
    report.entries = results.count
    if let maximumBytes {
      for result in results.sorted(by: { ($0.lastUse, $0.key) < ($1.lastUse, $1.key) }) {
        guard report.bytes > maximumBytes else { break }
        doomed.append(result.key)
        report.bytes -= result.size
        report.entries -= 1
        report.evicted += 1
      }
    }
    let marks = doomed.map { "\($0)\(CacheEntry.lastUseSuffix)" } + uses.keys.map { "\($0)\(CacheEntry.lastUseSuffix)" }
    let claims = leftovers.filter { $0.hasSuffix("/claim") }
    // Chunks before their claim: a new run takes it for granted that there are none.
    for keys in [doomed + marks, leftovers.filter { !$0.hasSuffix("/claim") }, claims] where !keys.isEmpty {
      try await store.delete(keys, in: bucket)
    }
    return report
  }

  /// Seconds after which a claim or chunk belongs to no run that still lives.
  private static let leftoverAge = 3600.0
}

/// Notes when a result was last asked for: a mark beside it, written at most every tenth of its life.
package final class LastUse: Sendable {
  private let store: any ObjectStore
  private let interval: Duration
  private let noted = Mutex<[CacheEntry: ContinuousClock.Instant]>([:])
  /// Beyond this many results, all are noted afresh.
  private static let maximumEntries = 10_000

  /// - Parameter timeToLive: of the results.
  package init(store: any ObjectStore, timeToLive: Duration) {
    self.store = store
    interval = timeToLive / 10
  }

  /// - Throws: what the store throws; the next call tries again.
  package func note(_ entry: CacheEntry) async throws {
    let now = ContinuousClock.now
    let isDue = noted.withLock { noted in
      if let last = noted[entry], now - last < interval { return false }
      if noted.count >= Self.maximumEntries { noted = [:] }
      noted[entry] = now
      return true
    }
    guard isDue else { return }
    do {
      _ = try await store.put([], as: entry.lastUseKey, in: entry.bucket)
    } catch {
      noted.withLock { $0[entry] = nil }
      throw error
    }
  }
}
