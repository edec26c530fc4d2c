import HTTPServer
import Synchronization

/// Whether buckets have room for results, found out by writing; a verdict holds for some seconds.
final class StoreRoom: Sendable {
  /// Bytes that are written to find out. What is larger and does not fit fails by itself.
  static let probeBytes = 64 << 10
  static let memory = Duration.seconds(5)

  private let store: any ReferenceStore
  private let verdicts = Mutex<[String: (isFull: Bool, since: ContinuousClock.Instant)]>([:])
  /// Buckets that are remembered at most.
  private static let maximumBuckets = 100

  init(store: any ReferenceStore) { self.store = store }

  /// As it was found lately; false if it was not looked at.
  func isKnownFull(_ bucket: String) -> Bool { recent(bucket) ?? false }

  /// - Parameter prefix: below which an object may be written for a moment; ends with a slash.
  func isFull(_ bucket: String, below prefix: String, context: EndpointContext) async -> Bool {
    if let recent = recent(bucket) { return recent }
    let hasRoom = await store.hasRoom(Self.probeBytes, at: "\(prefix)room", in: bucket, context: context)
    verdicts.withLock { verdicts in
      if verdicts.count >= Self.maximumBuckets { verdicts = [:] }
      verdicts[bucket] = (!hasRoom, .now)
    }
    return !hasRoom
  }

  private func recent(_ bucket: String) -> Bool? {
    verdicts.withLock { verdicts in
      guard let verdict = verdicts[bucket], .now - verdict.since < Self.memory else { return nil }
      return verdict.isFull
    }
  }
}
