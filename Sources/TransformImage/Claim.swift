import Core
import FoundationEssentials
import Library
import LibraryAPI
import MediaJobs
import ObjectStore
import S3Protocol

/// The right to make a derivative, as an object that its owner keeps renewing.
actor Claim {
  private let key: String
  private let store: LibraryStore
  private var document: TransformClaim
  private var etag: ETag

  private init(_ key: String, _ store: LibraryStore, _ document: TransformClaim, _ etag: ETag) {
    self.key = key
    self.store = store
    self.document = document
    self.etag = etag
  }

  /// - Returns: nil if another owner is at work, or has just failed.
  static func take(_ key: String, for owner: String, in store: LibraryStore) async throws -> Claim? {
    let now = store.clock.now().timeIntervalSince1970
    let document = TransformClaim(owner: owner, state: .making, renewed: now)
    let bucket = store.buckets.cache
    if let etag = try await store.documents.write(document, at: key, in: bucket, if: .absent) {
      return Claim(key, store, document, etag)
    }
    guard let seen = try await store.documents.read(TransformClaim.self, at: key, in: bucket) else {
      return try await take(key, for: owner, in: store)
    }
    if let claim = seen.value, claim.owner != owner {
      if claim.failure(now: now) != nil { return nil }
      if claim.state == .making, try await isRenewed(key, since: seen.etag, in: store) { return nil }
    }
    guard let etag = try await store.documents.write(document, at: key, in: bucket, if: .unchanged(seen.etag)) else {
      return nil
    }
    return Claim(key, store, document, etag)
  }

  /// Whether the owner gives a sign of life within ten seconds, or has ended.
  private static func isRenewed(_ key: String, since etag: ETag, in store: LibraryStore) async throws -> Bool {
    let end = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < end {
      try await store.objects.awaitChange(of: key, in: store.buckets.cache, from: etag, atMost: .seconds(2))
      let now = try await store.documents.head(key, in: store.buckets.cache)
      if now?.etag != etag { return true }
      try await Task.sleep(for: .milliseconds(200))
    }
    return false
  }

  /// Runs `work` and renews the claim meanwhile.
  func renewing<Value: Sendable>(every interval: Duration, _ work: @escaping @Sendable () async throws -> Value)
    async throws
    -> Value
  {
    try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await work() }
      group.addTask {
        while true {
          do { try await Task.sleep(for: interval) } catch { return nil }
          try await self.renew()
        }
      }
      defer { group.cancelAll() }
      while let value = try await group.next() { if let value { return value } }
      throw CancellationError()
    }
  }

  private func renew() async throws {
    document.renewed = store.clock.now().timeIntervalSince1970
    try await write()
  }

  func fail(status: Int, code: String, message: String) async throws {
    document.state = .failed
    document.statusCode = status
    document.error = code
    document.message = message
    document.renewed = store.clock.now().timeIntervalSince1970
    try await write()
  }

  func release() async throws { try await store.objects.delete(key, in: store.buckets.cache) }

  /// A claim that another owner has taken over is left to it.
  private func write() async throws {
    if let etag = try await store.documents.write(document, at: key, in: store.buckets.cache, if: .unchanged(etag)) {
      self.etag = etag
    }
  }
}
