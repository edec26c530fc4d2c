package import Core
package import ObjectStore
import S3Protocol
import Synchronization

/// Tells the metrics how much is in the cache, after a conversion: each time while it is little, else once a minute.
package final class CacheUsage: Sendable {
  private static let little = 1000
  private static let interval = Duration.seconds(60)

  private let store: any ObjectStore
  private let bucket: String
  private let last = Mutex<(entries: Int, at: ContinuousClock.Instant)?>(nil)

  package init(store: any ObjectStore, bucket: String) {
    self.store = store
    self.bucket = bucket
  }

  /// - Throws: what the store throws.
  package func report() async throws {
    let isDue = last.withLock { last in
      last.map { $0.entries < Self.little || .now - $0.at >= Self.interval } ?? true
    }
    guard isDue else { return }
    var (entries, bytes) = (0, Int64(0))
    for object in try await store.listAll(bucket: bucket, prefix: ConversionPlaces.results)
    where object.key.hasSuffix(".gif") {
      entries += 1
      bytes += object.size
    }
    last.withLock { $0 = (entries, .now) }
    ConversionMetrics.cached(entries: entries, bytes: bytes)
  }
}
