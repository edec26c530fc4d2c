import Core
import LambdaEvents
import ObjectStore
import S3Protocol

extension ObjectCache {
  enum Claiming {
    case owned(ClaimLease)
    case present(ObjectInfo)
    case underWay
    case failed(ResultFailure)
  }

  func claim(_ entry: CacheEntry, waitsForVoid: Bool) async throws -> Claiming {
    let owner = RequestID.make()
    var seen: (etag: ETag, since: ContinuousClock.Instant)?
    while true {
      if let info = try await find(entry) { return .present(info) }
      let lease = ClaimLease(entry, owner: owner, store: store, clock: clock, configuration: configuration)
      // Chunks are always deleted before their claim, so there are none of a former run.
      if try await lease.take(over: nil) { return .owned(lease) }
      guard let (etag, claim) = try await readClaim(entry) else { continue }
      if claim.state == .failed {
        let age = claim.age(at: clock.now().millisecondsSince1970)
        let isRemembered = age >= .zero && age < configuration.failureMemory
        if claim.isRetryable != true, isRemembered { return .failed(ResultFailure(claim)) }
      } else if seen?.etag != etag {
        guard waitsForVoid, seen == nil else { return .underWay }
        seen = (etag, .now)
        try await wait(for: entry.claimKey, in: entry.bucket, from: etag)
        continue
      } else if let seen, .now - seen.since < configuration.voidAfter {
        try await wait(for: entry.claimKey, in: entry.bucket, from: etag)
        continue
      }
      // Before the claim changes hands, so that no follower reads these chunks as the new run's.
      try await removeChunks(entry)
      if try await lease.take(over: etag) { return .owned(lease) }
      seen = nil
    }
  }

  func readClaim(_ entry: CacheEntry) async throws -> (etag: ETag, claim: ResultClaim)? {
    do {
      let (info, bytes) = try await store.get(entry.claimKey, in: entry.bucket)
      return (info.etag, ResultClaim(json: bytes))
    } catch let error as ObjectStoreError where error.isAbsence {
      return nil
    }
  }

  /// Until the object changes, or for a moment in a store that cannot tell.
  func wait(for key: String, in bucket: String, from etag: ETag?) async throws {
    let start = ContinuousClock.now
    try await store.awaitChange(of: key, in: bucket, from: etag, atMost: .seconds(1))
    let rest = configuration.pollInterval - (.now - start)
    if rest > .zero { try await Task.sleep(for: rest) }
  }
}
