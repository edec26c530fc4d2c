import Core
import FoundationEssentials
import Logging
import ObjectCache
import ObjectStore
import S3Protocol
import Synchronization
import Testing

private let quiet = Logger(label: "test") { JSONLogHandler(label: $0, level: .critical) }

/// A folder that is deleted with its value.
private final class Scratch: Sendable {
  let path: String

  init() {
    path = "\(FileManager.default.temporaryDirectory.path)/zoetrope-\(RequestID.make())"
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }
}

private final class Counter: Sendable {
  private let count = Mutex(0)
  func increment() { count.withLock { $0 += 1 } }
  var value: Int { count.withLock(\.self) }
}

private let entry = CacheEntry(bucket: "cache", prefix: "making/a", key: "results/a")

@Suite("Object cache")
struct ObjectCacheTests {
  private let scratch = Scratch()
  private let store: FolderStore

  init() {
    store = FolderStore(root: scratch.path)
  }

  private func cache(_ change: (inout ObjectCache.Configuration) -> Void = { _ in }) -> ObjectCache {
    var configuration = ObjectCache.Configuration()
    configuration.renewalInterval = .milliseconds(20)
    // However slow the machine is.
    configuration.giveUpAfter = .seconds(600)
    configuration.voidAfter = .seconds(600)
    configuration.chunkInterval = .milliseconds(5)
    configuration.pollInterval = .milliseconds(2)
    configuration.scratch = scratch.path
    change(&configuration)
    return ObjectCache(store: store, configuration: configuration, logger: quiet)
  }

  private func keys() async throws -> [String] { try await store.listAll(bucket: "cache", prefix: "").map(\.key) }

  private func write(_ text: String, as key: String) async throws {
    _ = try await store.put(Array(text.utf8), as: key, in: "cache")
  }

  private func collect(_ cache: ObjectCache) async throws -> [UInt8] {
    var follower = ResultFollower(entry, of: cache)
    var all: [UInt8] = []
    while let bytes = try await follower.next() { all += bytes }
    return all
  }

  @Test("a result is made once and then found; nothing else is left behind")
  func once() async throws {
    let cache = cache()
    var options = PutOptions(contentType: "image/gif")
    options.metadata = ["a": "b"]
    let made = try await cache.make(entry, options: options) { try await $0.write([1, 2, 3]) }
    guard case .made(let info) = made else {
      Issue.record("\(made)")
      return
    }
    #expect(info.size == 3)
    let found = try #require(try await cache.find(entry))
    #expect(found.etag == info.etag && found.contentType == "image/gif" && found.metadata == ["a": "b"])
    guard case .present = try await cache.make(entry, { _ in Issue.record("made twice") }) else {
      Issue.record("must be present")
      return
    }
    #expect(try await keys() == ["results/a"])
  }

  @Test("the first bytes of what starts at once are a chunk before more is written")
  func startsAtOnce() async throws {
    let cache = cache {
      $0.startsAtOnce = true
      $0.chunkInterval = .seconds(3600)
    }
    let outcome = try await cache.make(entry) { [store] writer in
      try await writer.write(Array("beginning".utf8))
      #expect(try await store.get("making/a/chunk-00000000", in: "cache").bytes == Array("beginning".utf8))
      try await writer.write(Array(", end".utf8))
    }
    guard case .made(let info) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(try await store.get(info.key, in: "cache").bytes == Array("beginning, end".utf8))
  }

  @Test("of many who ask at once one makes the result, and all read it from the beginning")
  func singleFlight() async throws {
    let cache = cache { $0.chunkBytes = 1000 }
    let runs = Counter()
    let expected = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<12 {
        group.addTask {
          _ = try await cache.make(entry) { writer in
            runs.increment()
            for start in stride(from: 0, to: expected.count, by: 777) {
              try await writer.write(Array(expected[start..<min(start + 777, expected.count)]))
            }
          }
          #expect(try await self.collect(cache) == expected)
        }
      }
      try await group.waitForAll()
    }
    #expect(runs.value == 1)
    #expect(try await keys() == ["results/a"])
  }

  @Test("followers read what is there before the result is finished")
  func early() async throws {
    let cache = cache()
    let (signal, release) = AsyncStream.makeStream(of: Void.self)
    let maker = Task {
      try await cache.make(entry) { writer in
        try await writer.write([1, 2])
        for await _ in signal { break }
        try await writer.write([3])
      }
    }
    var follower = ResultFollower(entry, of: cache)
    while true {
      do {
        #expect(try await follower.next() == [1, 2])
        break
      } catch let error as ResultFailure where error.code == "NotUnderWay" {}
    }
    release.yield()
    #expect(try await follower.next() == [3])
    #expect(try await follower.next() == nil)
    _ = try await maker.value
  }

  @Test("a claim that is not renewed is void: another run takes over, without the chunks of the former one")
  func takeOver() async throws {
    try await write(#"{"owner":"dead","state":"making","renewed":0}"#, as: "making/a/claim")
    try await write("stale", as: "making/a/chunk-00000000")
    let cache = cache { $0.voidAfter = .milliseconds(30) }
    guard case .made = try await cache.make(entry, { try await $0.write([9]) }) else {
      Issue.record("must be made")
      return
    }
    #expect(try await collect(cache) == [9])
    #expect(try await keys() == ["results/a"])
  }

  @Test("followers of a run that has died learn it")
  func died() async throws {
    try await write(#"{"owner":"dead","state":"making","renewed":0}"#, as: "making/a/claim")
    try await write("half", as: "making/a/chunk-00000000")
    var follower = ResultFollower(entry, of: cache { $0.voidAfter = .milliseconds(30) })
    #expect(try await follower.next() == Array("half".utf8))
    let error = await #expect(throws: ResultFailure.self) { try await follower.next() }
    #expect(error?.code == "MakerLost" && !follower.isAtStart)
  }

  @Test("followers that have read some of a run's bytes are not given those of another run")
  func otherRun() async throws {
    try await write(#"{"owner":"first","state":"making","renewed":1}"#, as: "making/a/claim")
    try await write("first 0", as: "making/a/chunk-00000000")
    var follower = ResultFollower(entry, of: cache())
    #expect(try await follower.next() == Array("first 0".utf8))
    try await write(#"{"owner":"second","state":"making","renewed":2}"#, as: "making/a/claim")
    try await write("second 1", as: "making/a/chunk-00000001")
    let error = await #expect(throws: ResultFailure.self) { try await follower.next() }
    #expect(error?.code == "MakerLost")
    // Followers that have nothing yet read what the other run makes.
    try await write("second 0", as: "making/a/chunk-00000000")
    var late = ResultFollower(entry, of: cache())
    #expect(try await late.next() == Array("second 0".utf8))
    #expect(try await late.next() == Array("second 1".utf8))
  }

  @Test("a claim that is renewed is left alone")
  func renewed() async throws {
    let cache = cache()
    let (signal, release) = AsyncStream.makeStream(of: Void.self)
    let maker = Task {
      try await cache.make(entry) { writer in
        try await writer.write([1])
        for await _ in signal { break }
      }
    }
    while try await !store.exists("making/a/claim", in: "cache") { await Task.yield() }
    guard case .underWay = try await cache.make(entry, { _ in Issue.record("made twice") }) else {
      Issue.record("must be under way")
      return
    }
    guard case .underWay = try await cache.make(entry, waitsForVoid: false, { _ in }) else {
      Issue.record("must be under way")
      return
    }
    release.yield()
    _ = try await maker.value
  }

  @Test("a run whose claim another one has taken is cancelled and publishes nothing")
  func lost() async throws {
    let cache = cache()
    await #expect(throws: ClaimLost.self) {
      try await cache.make(entry) { writer in
        try await writer.write([1])
        try await self.write(#"{"owner":"other","state":"making","renewed":1}"#, as: "making/a/claim")
        try await Task.sleep(for: .seconds(600))
      }
    }
    #expect(try await cache.find(entry) == nil)
  }

  @Test("a failure that another try cannot mend is the answer for a while")
  func failure() async throws {
    let failure = ResultFailure(statusCode: 415, code: "NotAVideo", message: "the source is no video")
    let cache = cache()
    guard case .failed(failure) = try await cache.make(entry, { _ in throw failure }) else {
      Issue.record("must have failed")
      return
    }
    guard case .failed(failure) = try await cache.make(entry, { _ in Issue.record("made again") }) else {
      Issue.record("must be remembered")
      return
    }
    var follower = ResultFollower(entry, of: cache)
    await #expect(throws: failure) { try await follower.next() }
    // Forgotten.
    guard case .made = try await self.cache({ $0.failureMemory = .zero }).make(entry, { try await $0.write([1]) })
    else {
      Issue.record("must be made")
      return
    }
    #expect(try await keys() == ["results/a"])
  }

  @Test("a store without room is told as 507, whatever it calls that, and another try may help")
  func storeIsFull() {
    for (code, status) in [
      ("InsufficientStorage", 507), ("XMinioAdminBucketQuotaExceeded", 400), ("QuotaExceeded", 403),
    ] {
      let failure = ResultFailure(
        ObjectStoreError(code: code, message: "full", httpStatus: status, isRetryable: false))
      #expect(failure.statusCode == 507 && failure.code == "InsufficientStorage" && failure.isRetryable)
    }
    #expect(
      ResultFailure(ObjectStoreError(code: "AccessDenied", message: "no", httpStatus: 403, isRetryable: false))
        .statusCode
        == 500)
  }

  @Test("a failure that another try may mend is thrown, told to waiting callers, and does not hinder the next run")
  func retryable() async throws {
    struct Hiccup: ClassifiedError {
      let code = "Hiccup"
      let message = "the source did not answer"
      let isRetryable = true
    }
    let cache = cache()
    await #expect(throws: Hiccup.self) {
      try await cache.make(entry) { writer in
        try await writer.write([1])
        throw Hiccup()
      }
    }
    var follower = ResultFollower(entry, of: cache)
    let error = await #expect(throws: ResultFailure.self) { while try await follower.next() != nil {} }
    #expect(error?.statusCode == 502 && error?.code == "Hiccup")
    guard case .made = try await cache.make(entry, { try await $0.write([2]) }) else {
      Issue.record("must be made")
      return
    }
    #expect(try await collect(cache) == [2])
  }

  @Test("a cancelled run says so, for the next one")
  func cancelled() async throws {
    let cache = cache()
    let task = Task { try await cache.make(entry) { _ in try await Task.sleep(for: .seconds(600)) } }
    while try await !store.exists("making/a/claim", in: "cache") { await Task.yield() }
    task.cancel()
    await #expect(throws: (any Error).self) { try await task.value }
    guard case .made = try await cache.make(entry, { try await $0.write([2]) }) else {
      Issue.record("must be made")
      return
    }
  }

  @Test("a large result goes through a file")
  func large() async throws {
    let cache = cache()
    let block = [UInt8](repeating: 5, count: 300_000)
    _ = try await cache.make(entry) { writer in
      for _ in 0..<20 { try await writer.write(block) }
    }
    #expect(try await collect(cache).count == 6_000_000)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path).filter { $0.hasPrefix("zoetrope-result") } == []
    )
  }

  @Test("a result that was not asked for within its life is made again")
  func expiry() async throws {
    _ = try await cache().make(entry) { try await $0.write([1]) }
    let later = WallClock.fixed(Date().addingTimeInterval(100))
    var configuration = ObjectCache.Configuration()
    configuration.timeToLive = .seconds(90)
    let cache = ObjectCache(store: store, configuration: configuration, clock: later, logger: quiet)
    #expect(try await cache.find(entry) == nil)
    configuration.timeToLive = .seconds(110)
    #expect(
      try await ObjectCache(store: store, configuration: configuration, clock: later, logger: quiet).find(entry) != nil)
  }
}

@Suite("Cache sweeps")
struct CacheSweepTests {
  private let scratch = Scratch()
  private let store: FolderStore

  init() {
    store = FolderStore(root: scratch.path)
  }

  private func put(_ key: String, _ count: Int) async throws {
    _ = try await store.put([UInt8](repeating: 0, count: count), as: key, in: "cache")
  }

  private func keys() async throws -> [String] { try await store.listAll(bucket: "cache", prefix: "").map(\.key) }

  @Test("what was not asked for longest goes first, with its mark")
  func eviction() async throws {
    // In the order of their use: b, c, a.
    try await put("conversion/a", 100)
    try await put("conversion/b", 100)
    try await put("conversion/c", 100)
    // Files may be written within one tick of the clock.
    for (age, name) in [(3.0, "a"), (2, "b"), (1, "c")] {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: "\(scratch.path)/cache/conversion/\(name)")
    }
    let use = LastUse(store: store, timeToLive: .seconds(3600))
    try await use.note(CacheEntry(bucket: "cache", prefix: "p", key: "conversion/a"))
    try await put("other/x", 1000)
    let report = try await CacheSweep(store: store).run(
      bucket: "cache", root: "conversion/", maximumBytes: 250, timeToLive: nil)
    #expect(report.evicted == 1 && report.entries == 2 && report.bytes == 200)
    #expect(try await keys() == ["conversion/a", "conversion/a.used", "conversion/c", "other/x"])
    _ = try await CacheSweep(store: store).run(bucket: "cache", root: "conversion/", maximumBytes: 0, timeToLive: nil)
    #expect(try await keys() == ["other/x"])
  }

  @Test("what has outlived its life goes, and claims that no run renews")
  func expiry() async throws {
    try await put("conversion/a", 1)
    try await put("conversion/making/b/claim", 1)
    try await put("conversion/making/b/chunk-00000000", 1)
    let soon = CacheSweep(store: store, clock: .fixed(Date().addingTimeInterval(600)))
    #expect(
      try await soon.run(bucket: "cache", root: "conversion/", maximumBytes: nil, timeToLive: .seconds(700)).entries
        == 1)
    #expect(try await keys().count == 3)
    let later = CacheSweep(store: store, clock: .fixed(Date().addingTimeInterval(4000)))
    let report = try await later.run(bucket: "cache", root: "conversion/", maximumBytes: nil, timeToLive: .seconds(700))
    #expect(report.expired == 1)
    #expect(try await keys() == [])
  }

  @Test("a use is noted once per tenth of the life")
  func notes() async throws {
    let use = LastUse(store: store, timeToLive: .seconds(3600))
    let entry = CacheEntry(bucket: "cache", prefix: "p", key: "a")
    try await use.note(entry)
    try await store.delete("a.used", in: "cache")
    try await use.note(entry)
    #expect(try await keys() == [])
  }
}
