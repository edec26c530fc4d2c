import Core
import FoundationEssentials
import LambdaEvents
package import NIOCore
import Synchronization

/// A result that is being made, followed once for all of its callers.
///
/// Below its prefix the maker keeps `claim` and `chunk-00000000` … and writes the finished object last. A claim that does
/// not change for 10 s is void: its maker has died. Another maker may take it over. Its chunks are not those of the first
/// one, so callers who have some of the first one's are told that it broke off.
package final class Following: Sendable {
  package struct Place: Hashable, Sendable {
    var bucket: String
    /// Ends with a slash.
    var prefix: String
    var key: String

    package init(bucket: String, prefix: String, key: String) {
      self.bucket = bucket
      self.prefix = prefix.hasSuffix("/") ? prefix : "\(prefix)/"
      self.key = key
    }

    func chunk(_ number: Int) -> String {
      let digits = String(number)
      return "\(prefix)chunk-\(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits)"
    }
  }

  package enum End: Sendable, Equatable {
    case complete
    case failed(Failure)
  }

  /// What the callers of a result that will not come are told.
  package struct Failure: Sendable, Decodable, Equatable {
    package var statusCode: Int
    package var error: String
    package var message: String

    package init(statusCode: Int, error: String, message: String) {
      self.statusCode = statusCode
      self.error = error
      self.message = message
    }

    /// Why there will be no result; nil if there may be one.
    init?(_ claim: ResultClaim) {
      guard claim.state == .failed else { return nil }
      self.init(
        statusCode: claim.statusCode.flatMap { (400...599).contains($0) ? $0 : nil } ?? 500,
        error: claim.error ?? "Internal Server Error", message: claim.message ?? "the result could not be made")
    }

    package static let void = Failure(
      statusCode: 503, error: "Service Unavailable", message: "the result's maker has stopped; try again")
  }

  private struct State {
    var chunks = 0
    /// The last ones, so that callers side by side read them once.
    var recent: [Int: ByteBuffer] = [:]
    var end: End?
    /// A maker of this time has been seen at work.
    var isClaimed = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  /// Bytes of the longest chunk.
  private static let longestChunk = 4 << 20
  private static let recentChunks = 32
  package static let claimLife = Duration.seconds(10)

  let place: Place
  private let store: any ReferenceStore
  private let claimLife: Duration
  private let state = Mutex(State())

  package init(_ place: Place, store: any ReferenceStore, claimLife: Duration = Following.claimLife) {
    self.place = place
    self.store = store
    self.claimLife = claimLife
  }

  // MARK: Callers

  /// How many chunks there are, and how it ended if it has.
  package var progress: (chunks: Int, end: End?) { state.withLock { ($0.chunks, $0.end) } }

  /// Whether there has been a claim. Until there is one, the work waits in a queue.
  package var isClaimed: Bool { state.withLock { $0.isClaimed } }

  /// Waits until there are more chunks, or the end, or `wake` is called.
  package func wait(beyond chunks: Int) async {
    await withCheckedContinuation { continuation in
      let isNow = state.withLock { state in
        if state.chunks > chunks || state.end != nil { return true }
        state.waiters.append(continuation)
        return false
      }
      if isNow { continuation.resume() }
    }
  }

  /// Lets all callers look again.
  package func wake() { change { _ in } }

  /// - Returns: nil if it has been removed, as happens once the object is complete.
  package func chunk(_ number: Int) async throws -> ByteBuffer? {
    if let recent = state.withLock({ $0.recent[number] }) { return recent }
    return try await store.read(place.chunk(number), in: place.bucket, limit: Self.longestChunk)?.bytes
  }

  // MARK: Maker

  /// Watches until the end, or until the task is cancelled.
  package func run() async {
    let watch = store.watch([place.prefix, place.key], in: place.bucket)
    let clock = ContinuousClock()
    var (seen, seenAt) = (nil as String?, clock.now)
    var owner: String?
    while !Task.isCancelled {
      let before = progress.chunks
      do {
        // Chunks first: what is complete is read from the object. The claim afterwards: it says whose they are.
        let chunks = try await nextChunks()
        if try await store.exists(place.key, in: place.bucket) { return finish(.complete) }
        if let found = try await claim() {
          if let failure = Failure(found.claim) { return finish(.failed(failure)) }
          let isOfThisTime = !isLeftOver(found.claim)
          if isOfThisTime { state.withLock { $0.isClaimed = true } }
          if !isOfThisTime {
            // Its maker has ended with a former run of the host: as if there were none.
          } else if let former = owner, former != found.claim.owner {
            guard progress.chunks == 0 else { return finish(.failed(.void)) }
            (owner, seen, seenAt) = (found.claim.owner, found.etag, clock.now)
            continue
          } else {
            if found.etag != seen { (seen, seenAt) = (found.etag, clock.now) }
            if owner == nil, found.claim.owner != nil {
              // What was read before may be a former maker's.
              owner = found.claim.owner
              continue
            }
            show(chunks)
          }
        } else {
          show(chunks)
        }
        // Before there is a claim the work waits in a queue.
        if seen != nil, clock.now - seenAt >= claimLife {
          return finish(try await store.exists(place.key, in: place.bucket) ? .complete : .failed(.void))
        }
      } catch {
        // A store that does not answer for so long is as good as a maker that has died.
        if seen != nil, clock.now - seenAt >= claimLife * 3 { return finish(.failed(.void)) }
      }
      // There may be more than were read at once.
      if progress.chunks - before >= Self.recentChunks { continue }
      await watch.wait(atMost: .seconds(1))
      // A caller whose client left just before it began to wait looks again.
      wake()
    }
  }

  /// Those that are there beyond what callers know of, but not too many at a time.
  private func nextChunks() async throws -> [ByteBuffer] {
    var chunks: [ByteBuffer] = []
    let first = progress.chunks
    while chunks.count < Self.recentChunks,
      let chunk = try await store.read(place.chunk(first + chunks.count), in: place.bucket, limit: Self.longestChunk)
    {
      chunks.append(chunk.bytes)
    }
    return chunks
  }

  private func show(_ chunks: [ByteBuffer]) {
    guard !chunks.isEmpty else { return }
    change { state in
      for chunk in chunks {
        state.recent[state.chunks] = chunk
        state.chunks += 1
        state.recent[state.chunks - 1 - Self.recentChunks] = nil
      }
    }
  }

  private func claim() async throws -> (etag: String, claim: ResultClaim)? {
    guard let stored = try await store.read("\(place.prefix)claim", in: place.bucket, limit: 64 << 10) else {
      return nil
    }
    return (stored.etag, ResultClaim(json: stored.bytes.readableBytesView))
  }

  private func isLeftOver(_ claim: ResultClaim) -> Bool {
    guard let began = store.makersBegan, let renewed = claim.renewed else { return false }
    return renewed < began.millisecondsSince1970
  }

  private func finish(_ end: End) { change { $0.end = end } }

  private func change(_ body: (inout State) -> Void) {
    let waiters = state.withLock { state in
      body(&state)
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }
}
