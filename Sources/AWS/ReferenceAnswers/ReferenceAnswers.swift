package import Core
package import FoundationEssentials
package import LambdaEvents
package import Logging
import ObjectCache
package import ObjectStore

/// What this project's gateway does with answers that name their body, done by the function itself: for platforms whose
/// gateway does not know such answers, AWS Lambda above all.
///
/// A streamed answer carries the bytes. A buffered one carries them if they fit Lambda's 6 MB, and is a redirect to a
/// presigned address otherwise.
package struct ReferenceAnswers: Sendable {
  package struct Configuration: Sendable {
    /// Bytes of a body that a buffered answer carries: as Base64 they have to fit 6 MB.
    package var largestBufferedBody: Int64 = 4_600_000
    /// Life of presigned addresses, whole seconds.
    package var addressLife = 900
    /// How long before the invocation's deadline waiting ends, seconds.
    package var reserve = 2.0
    /// How long a buffered answer behind API Gateway waits at most, seconds; the gateway itself gives up after 30.
    package var gatewayTimeout = 25.0
    /// How long the store is left alone between two looks.
    package var pollInterval: Duration = .milliseconds(250)
    /// A claim that stays the same for so long is void.
    package var claimLife: Duration = .seconds(10)

    package init() {}
  }

  /// Makes an address that any client may fetch an object from; `headers` replace those of the object.
  package typealias Presign =
    @Sendable (
      _ key: String, _ bucket: String, _ expires: Int, _ headers: [(name: String, value: String)]
    ) async throws -> String

  let store: any ObjectStore
  let presign: Presign
  let configuration: Configuration
  let clock: WallClock
  let cache: ObjectCache

  package init(
    store: any ObjectStore, presign: @escaping Presign, configuration: Configuration = .init(),
    clock: WallClock = .system, logger: Logger
  ) {
    self.store = store
    self.presign = presign
    self.configuration = configuration
    self.clock = clock
    var following = ObjectCache.Configuration()
    following.pollInterval = configuration.pollInterval
    following.voidAfter = configuration.claimLife
    cache = ObjectCache(store: store, configuration: following, clock: clock, logger: logger)
  }

  /// The answer that a function's result is, if it has a reference; `nil` for any other result.
  ///
  /// - Parameter result: JSON, of whatever shape.
  package static func reference(in result: [UInt8]) -> HTTPResult? {
    // Hardly any result has one, and reading a large one costs milliseconds.
    guard result.firstRange(of: Array("\"zoetrope\"".utf8)) != nil, let answer = try? HTTPResult(json: result),
      case .reference = answer.body
    else { return nil }
    return answer
  }

  /// The same answer with a body, or a redirect to it.
  ///
  /// - Parameter deadline: of the invocation.
  /// - Throws: what the store throws.
  package func buffered(_ answer: HTTPResult, to event: HTTPEvent, deadline: Date) async throws -> HTTPResult {
    guard case .reference(let reference) = answer.body else { return answer }
    switch reference {
    case .object(let bucket, let key, _):
      return try await object(answer, event, bucket: bucket, key: key)
    case .follow(let bucket, let prefix, let key, let limits):
      var seconds = secondsLeft(until: deadline)
      if event.requestContext.domainName.contains(".execute-api.") {
        seconds = min(seconds, configuration.gatewayTimeout)
      }
      let limit = limits.firstByte.map(Double.init) ?? .infinity
      let entry = CacheEntry(bucket: bucket, prefix: prefix, key: key)
      do {
        _ = try await within(min(seconds, limit)) {
          var follower = ResultFollower(entry, of: cache)
          return try await waiting { try await follower.completed() }
        }
      } catch let failure as ResultFailure {
        return Self.failure(failure)
      } catch is TimeIsUp {
        return Self.failure(limit <= seconds ? Self.tooLate(limits) : Self.notReady)
      }
      return try await object(answer, event, bucket: bucket, key: key)
    case .events(let bucket, let key, let records, let states):
      return try await progress(answer, bucket: bucket, key: key, records: records, states: states)
    case .invoke: return Self.failure(Self.notReady)
    }
  }

  /// Sends the same answer with a body, piece by piece.
  ///
  /// - Parameters:
  ///   - begin: takes the head; called once.
  ///   - write: takes the body's bytes afterwards.
  /// - Throws: what `begin` and `write` throw; after the head also what makes the answer incomplete.
  package func stream(
    _ answer: HTTPResult, to event: HTTPEvent, deadline: Date, begin: (HTTPResult) async throws -> Void,
    write: ([UInt8]) async throws -> Void
  ) async throws {
    guard case .reference(let reference) = answer.body else { return try await begin(answer) }
    switch reference {
    case .object(let bucket, let key, _):
      try await sendObject(answer, event, bucket: bucket, key: key, begin, write)
    case .follow(let bucket, let prefix, let key, let limits):
      let entry = CacheEntry(bucket: bucket, prefix: prefix, key: key)
      if try await cache.find(entry) != nil {
        return try await sendObject(answer, event, bucket: bucket, key: key, begin, write)
      }
      try await sendFollowing(answer, event, entry, limits, deadline, begin, write)
    case .events(let bucket, let key, let records, let states):
      let head = try await progress(answer, bucket: bucket, key: key, records: records, states: states)
      try await begin(head)
    case .invoke: try await begin(Self.failure(Self.notReady))
    }
  }

  // MARK: Results in the making

  private func sendFollowing(
    _ answer: HTTPResult, _ event: HTTPEvent, _ entry: CacheEntry, _ limits: HTTPResult.FollowLimits, _ deadline: Date,
    _ begin: (HTTPResult) async throws -> Void, _ write: ([UInt8]) async throws -> Void
  ) async throws {
    let start = clock.now()
    func left(_ limit: Int?) -> Double {
      min(secondsLeft(until: deadline), limit.map { Double($0) - clock.now().timeIntervalSince(start) } ?? .infinity)
    }
    var follower = ResultFollower(entry, of: cache)
    var piece: [UInt8]?
    do {
      (piece, follower) = try await within(left(limits.firstByte)) { [follower] in
        var follower = follower
        return (try await waiting { try await follower.next() }, follower)
      }
    } catch let failure as ResultFailure {
      return try await begin(Self.failure(failure))
    } catch is TimeIsUp {
      let isOwn = limits.firstByte.map { clock.now().timeIntervalSince(start) >= Double($0) } ?? false
      return try await begin(Self.failure(isOwn ? Self.tooLate(limits) : Self.notReady))
    }
    var head = answer
    head.body = .bytes([])
    if head.header("content-type") == nil, let info = try await cache.find(entry), let type = info.contentType {
      head.headers.append(.init("content-type", type))
    }
    try await begin(head)
    guard event.method != "HEAD" else { return }
    while let bytes = piece {
      try await write(bytes)
      (piece, follower) = try await within(left(limits.total)) { [follower] in
        var follower = follower
        return (try await follower.next(), follower)
      }
    }
  }

  /// Work that still waits in a queue has no claim yet.
  private func waiting<Value>(_ body: () async throws -> Value) async throws -> Value {
    while true {
      do {
        return try await body()
      } catch let failure as ResultFailure where failure.code == ResultFailure.notUnderWay {
        try await Task.sleep(for: configuration.pollInterval)
      }
    }
  }

  private func secondsLeft(until deadline: Date) -> Double {
    max(0, deadline.timeIntervalSince(clock.now()) - configuration.reserve)
  }

  struct TimeIsUp: ClassifiedError {
    var code: String { "ResultTooLate" }
    var message: String { "the result was not complete in time" }
    var isRetryable: Bool { true }
  }

  /// - Throws: `TimeIsUp`, or what `body` throws.
  private func within<Value: Sendable>(
    _ seconds: Double, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    guard seconds.isFinite, seconds < 1e8 else { return try await body() }
    return try await withThrowingTaskGroup(of: Value.self) { group in
      group.addTask(operation: body)
      group.addTask {
        try await Task.sleep(for: .seconds(seconds))
        throw TimeIsUp()
      }
      defer { group.cancelAll() }
      guard let value = try await group.next() else { throw TimeIsUp() }
      return value
    }
  }
}
