package import Conversions
package import Core
package import EventBus
import FoundationEssentials
import LambdaEvents
import ObjectCache
package import ObjectStore
import S3Protocol
import Synchronization

/// Starts conversions, each once: what is there, under way or waiting is not started again.
package struct ConversionQueue: Sendable {
  /// A claim that was not renewed for so long is void. The maker renews it every 3 s; the rest allows for clocks that
  /// differ.
  private static let claimLife = 15.0
  /// A failure is remembered for so long.
  private static let failureMemory = 10.0
  /// An event that was not taken up for so long is taken for lost: twice as long after each time, for it may as well wait
  /// behind others, and what is published again waits with it.
  private static let eventLife = 30.0
  private static let mostDoublings = 4
  /// A marker of that age is left over from a queue that is gone: what callers wait for is marked again before.
  private static let markerLife = 2 * eventLife * Double(1 << mostDoublings)

  private let store: any ObjectStore
  private let publisher: any EventPublisher
  private let places: ConversionPlaces
  private let limit: Int
  private let clock: WallClock
  private let present = PresentResults()

  package init(
    store: any ObjectStore, publisher: any EventPublisher, settings: ConversionSettings, clock: WallClock
  ) {
    self.store = store
    self.publisher = publisher
    self.clock = clock
    places = ConversionPlaces(bucket: settings.bucket)
    limit = settings.queueLimit
  }

  /// - Returns: whether the result is there.
  /// - Throws: `ConversionError` `QueueFull`; what the store or the bus throws.
  package func start(_ parameters: ConversionParameters) async throws -> Bool {
    let key = parameters.key
    if present.contains(key) { return true }
    if try await store.exists(places.entry(key).key, in: places.bucket) {
      present.note(key)
      return true
    }
    let former = try await claim(key)
    if case .current? = former { return false }
    guard try await mark(key) else { return false }
    if case .current? = try await claim(key) {
      // It has begun meanwhile.
      try await unmark(key)
      return false
    }
    if former != nil {
      // Callers would take the former failure for this run's.
      try await store.delete(places.claim(key), in: places.bucket)
    }
    do {
      try await checkLimit()
      try await publisher.publish([ConversionEvent.entry(parameters)], idempotencyKey: nil)
    } catch {
      try await store.delete(places.marker(key), in: places.bucket)
      throw error
    }
    return false
  }

  /// The conversion does not wait any more.
  package func unmark(_ key: String) async throws {
    try await store.delete(places.marker(key), in: places.bucket)
  }

  private enum Former { case current, past }

  private func claim(_ key: String) async throws -> Former? {
    do {
      let (_, bytes) = try await store.get(places.claim(key), in: places.bucket)
      let claim = ResultClaim(json: bytes)
      let life = claim.state == .failed ? Self.failureMemory : Self.claimLife
      return claim.age(at: clock.now().millisecondsSince1970) < .seconds(life) ? .current : .past
    } catch let error as ObjectStoreError where error.code == "NoSuchKey" || error.httpStatus == 404 {
      return nil
    }
  }

  /// - Returns: whether this caller is the one to publish the event.
  private func mark(_ key: String) async throws -> Bool {
    var options = PutOptions()
    options.ifNoneMatch = true
    do {
      try await put(times: 1, key, options)
      return true
    } catch let error as ObjectStoreError where error.code == "PreconditionFailed" {
      guard let (info, bytes) = try? await store.get(places.marker(key), in: places.bucket) else { return false }
      let marker = try? JSON.decode(JSONValue.self, from: bytes)
      let times = min(max(1, marker?["times"]?.intValue ?? 1), Self.mostDoublings + 1)
      let age = (Double(clock.now().millisecondsSince1970) - (marker?["published"]?.doubleValue ?? 0)) / 1000
      guard age > Self.eventLife * Double(1 << (times - 1)) else { return false }
      options.ifNoneMatch = false
      options.ifMatch = info.etag
      return (try? await put(times: times + 1, key, options)) != nil
    }
  }

  private func put(times: Int, _ key: String, _ options: PutOptions) async throws {
    let published = clock.now().millisecondsSince1970
    let marker = JSONValue.object(["times": .integer(Int64(times)), "published": .integer(published)])
    _ = try await store.put(JSON.encode(marker), as: places.marker(key), in: places.bucket, options: options)
  }

  private func checkLimit() async throws {
    // Its own marker is among them.
    let oldest = clock.now().addingTimeInterval(-Self.markerLife)
    let waiting = try await store.listAll(bucket: places.bucket, prefix: ConversionPlaces.queue)
      .count { $0.lastModified > oldest }
    guard waiting <= limit else {
      throw ConversionError(.queueFull, "\(limit) conversions wait already; try again later")
    }
  }

  /// Removes what queues that are gone have left.
  ///
  /// - Returns: how many.
  package func sweep() async throws -> Int {
    let oldest = clock.now().addingTimeInterval(-Self.markerLife)
    let left = try await store.listAll(bucket: places.bucket, prefix: ConversionPlaces.queue)
      .filter { $0.lastModified <= oldest }.map(\.key)
    if !left.isEmpty { try await store.delete(left, in: places.bucket) }
    return left.count
  }
}

/// Results that this process has just seen: asked for many times a second, they are looked for once.
private final class PresentResults: Sendable {
  private static let life = Duration.seconds(1)
  private static let limit = 1000

  private let seen = Mutex<[String: ContinuousClock.Instant]>([:])

  func contains(_ key: String) -> Bool {
    seen.withLock { seen in seen[key].map { .now - $0 < Self.life } ?? false }
  }

  func note(_ key: String) {
    seen.withLock { seen in
      if seen.count >= Self.limit { seen = [:] }
      seen[key] = .now
    }
  }
}
