import ConversionAPI
import Core
import FunctionRuntime
import LambdaEvents
import ObjectCache

/// Sends a GIF while it is made, for a function URL on AWS: no gateway follows results there.
struct ConversionStream: Sendable {
  /// Between two looks whether a run has begun.
  private static let pause = Duration.milliseconds(200)

  let api: ConversionAPI
  let cache: ObjectCache

  func answer(_ event: HTTPEvent, to response: ResponseWriter) async throws {
    let begun = ContinuousClock.now
    var head = try await api.convert(event)
    guard case .reference(.follow(let bucket, let prefix, let key, let limits)) = head.body else {
      return try await response.begin(head)
    }
    head.body = .bytes([])
    let entry = CacheEntry(bucket: bucket, prefix: prefix, key: key)
    var follower = ResultFollower(entry, of: cache)
    do {
      let deadline = limits.firstByte.map { begun + .seconds($0) }
      let end = limits.total.map { begun + .seconds($0) }
      while let bytes = try await next(&follower, deadline: follower.isAtStart ? deadline : end) {
        if !response.hasBegun { try await response.begin(head) }
        try await response.write(bytes)
      }
    } catch let failure as ResultFailure where !response.hasBegun {
      try await response.begin(api.answer(to: failure.statusCode, failure.code, failure.message))
    }
  }

  /// As `ResultFollower.next`, but waits for a run to begin.
  private func next(_ follower: inout ResultFollower, deadline: ContinuousClock.Instant?) async throws -> [UInt8]? {
    while true {
      do {
        return try await follower.next(until: deadline)
      } catch let failure as ResultFailure where failure.code == ResultFailure.notUnderWay && follower.isAtStart {
        if let deadline, .now >= deadline { throw ResultFailure.tooSlow }
        try await Task.sleep(for: Self.pause)
      }
    }
  }
}
