import Core
import LambdaEvents
import ObjectStore
import S3Protocol

/// One run's hold on a result.
actor ClaimLease {
  private let entry: CacheEntry
  private let owner: String
  private let store: any ObjectStore
  private let clock: WallClock
  private let configuration: ObjectCache.Configuration
  private var etag: ETag?
  private var renewed = ContinuousClock.now

  init(
    _ entry: CacheEntry, owner: String, store: any ObjectStore, clock: WallClock,
    configuration: ObjectCache.Configuration
  ) {
    self.entry = entry
    self.owner = owner
    self.store = store
    self.clock = clock
    self.configuration = configuration
  }

  /// - Parameter former: the claim to replace; `nil`: there must be none.
  /// - Returns: whether this run holds the claim now.
  func take(over former: ETag?) async throws -> Bool {
    do {
      let start = ContinuousClock.now
      etag = try await write(ResultClaim(owner: owner, state: .making, renewed: now), over: former)
      renewed = start
      return true
    } catch let error as ObjectStoreError where error.isConflict || error.isAbsence {
      return false
    }
  }

  /// A store that does not answer costs nothing for a while.
  ///
  /// - Throws: `ClaimLost`.
  func renew() async throws {
    let start = ContinuousClock.now
    do {
      etag = try await write(ResultClaim(owner: owner, state: .making, renewed: now), over: etag)
      renewed = start
    } catch let error as ObjectStoreError where error.isConflict || error.isAbsence {
      throw ClaimLost()
    } catch let error as ObjectStoreError where error.isRetryable {
      try check()
    }
  }

  /// - Throws: `ClaimLost` if others may soon take the claim for void.
  func check() throws {
    if .now - renewed >= configuration.giveUpAfter { throw ClaimLost() }
  }

  func fail(_ failure: ResultFailure) async throws {
    etag = try await write(
      ResultClaim(
        owner: owner, state: .failed, statusCode: failure.statusCode, error: failure.code, message: failure.message,
        isRetryable: failure.isRetryable, renewed: now), over: etag)
  }

  private var now: Int64 { clock.now().millisecondsSince1970 }

  private func write(_ claim: ResultClaim, over former: ETag?) async throws -> ETag {
    var options = PutOptions(contentType: "application/json")
    options.ifMatch = former
    options.ifNoneMatch = former == nil
    return try await store.put(JSON.encode(claim), as: entry.claimKey, in: entry.bucket, options: options)
  }
}
