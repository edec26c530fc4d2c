import FoundationEssentials
import HTTPTypes
import HTTPGateway
import HTTPServer
import HummingbirdCore
import NIOCore
import Synchronization
import Testing

/// Objects in memory; watches look again every few milliseconds.
private final class MemoryStore: ReferenceStore {
  private struct State {
    var objects: [String: (version: Int, text: String)] = [:]
    var version = 0
    var reads: [String: Int] = [:]
  }

  private struct Watch: ChangeWatch {
    func wait(atMost timeout: Duration) async { try? await Task.sleep(for: .milliseconds(2)) }
  }

  private let state = Mutex(State())
  let makersBegan: Date?

  init(makersBegan: Date? = nil) { self.makersBegan = makersBegan }

  func reads(of key: String) -> Int { state.withLock { $0.reads[key] ?? 0 } }

  func put(_ key: String, _ text: String?) {
    state.withLock { state in
      state.version += 1
      state.objects[key] = text.map { (state.version, $0) }
    }
  }

  func read(_ key: String, in bucket: String, limit: Int) async throws -> StoredBytes? {
    state.withLock { state in
      state.reads[key, default: 0] += 1
      return state.objects[key].map { StoredBytes(etag: "\($0.version)", bytes: ByteBuffer(string: $0.text)) }
    }
  }

  func exists(_ key: String, in bucket: String) async throws -> Bool {
    state.withLock { $0.objects[key] != nil }
  }

  func list(_ prefix: String, in bucket: String, limit: Int) async throws -> [(key: String, etag: String)] { [] }

  func response(
    to request: Request, context: EndpointContext, key: String, bucket: String, from offset: Int64
  ) async throws -> Response { Response(status: .ok) }

  func hasRoom(_ bytes: Int, at key: String, in bucket: String, context: EndpointContext) async -> Bool { true }

  func watch(_ prefixes: [String], in bucket: String) -> any ChangeWatch { Watch() }
}

@Suite("Following a result in the making")
struct FollowingTests {
  private let store = MemoryStore()
  private let place = Following.Place(bucket: "b", prefix: "making/a", key: "results/a")

  /// Waits for the end.
  private func end(_ following: Following) async -> Following.End? {
    while following.progress.end == nil { await following.wait(beyond: following.progress.chunks) }
    return following.progress.end
  }

  @Test("chunks come in order, then the finished object ends it")
  func chunks() async throws {
    // However slow the machine is: the claim is never renewed here.
    let following = Following(place, store: store, claimLife: .seconds(600))
    let task = Task { await following.run() }
    store.put("making/a/claim", #"{"state":"making"}"#)
    for number in 0..<40 {
      store.put("making/a/chunk-000000\(number < 10 ? "0" : "")\(number)", "part \(number)")
      while following.progress.chunks <= number, following.progress.end == nil { await following.wait(beyond: number) }
      #expect(try await following.chunk(number).map { String(buffer: $0) } == "part \(number)")
    }
    // The last ones are shared by all callers; a late caller reads the first ones again.
    let reads = store.reads(of: "making/a/chunk-00000039")
    for _ in 0..<5 { _ = try await following.chunk(39) }
    #expect(store.reads(of: "making/a/chunk-00000039") == reads)
    #expect(try await following.chunk(0) != nil)
    store.put("results/a", "whole")
    #expect(await end(following) == .complete)
    await task.value
  }

  @Test("a failed claim is the end, with its status; one that makes no sense is a 500")
  func failed() async {
    for (claim, failure) in [
      (
        #"{"state":"failed","statusCode":415,"error":"NotAVideo","message":"m"}"#,
        Following.Failure(statusCode: 415, error: "NotAVideo", message: "m")
      ),
      (
        #"{"state":"failed","statusCode":200}"#,
        Following.Failure(
          statusCode: 500, error: "Internal Server Error", message: "the result could not be made")
      ),
    ] {
      let following = Following(place, store: store)
      store.put("making/a/claim", claim)
      await following.run()
      #expect(following.progress.end == .failed(failure))
    }
  }

  @Test("a claim that stays the same is void; one that is renewed is not")
  func void() async {
    store.put("making/a/claim", #"{"state":"making","renewed":0}"#)
    let dead = Following(place, store: store, claimLife: .milliseconds(50))
    await dead.run()
    #expect(dead.progress.end == .failed(.void))

    let alive = Following(place, store: store, claimLife: .seconds(600))
    let task = Task { await alive.run() }
    for number in 1...20 {
      store.put("making/a/claim", #"{"state":"making","renewed":\#(number)}"#)
      try? await Task.sleep(for: .milliseconds(5))
    }
    #expect(alive.progress.end == nil)
    store.put("results/a", "whole")
    #expect(await end(alive) == .complete)
    await task.value
  }

  @Test("callers who have some of a maker's chunks are not given those of another one")
  func takenOver() async throws {
    store.put("making/a/claim", #"{"state":"making","owner":"first","renewed":1}"#)
    store.put("making/a/chunk-00000000", "first 0")
    let following = Following(place, store: store, claimLife: .seconds(600))
    let task = Task { await following.run() }
    while following.progress.chunks == 0 { await following.wait(beyond: 0) }
    // Another run takes over: chunks go first, then the claim changes hands, then there are new chunks.
    store.put("making/a/chunk-00000000", nil)
    store.put("making/a/claim", #"{"state":"making","owner":"second","renewed":2}"#)
    for number in 0..<4 { store.put("making/a/chunk-0000000\(number)", "second \(number)") }
    #expect(await end(following) == .failed(.void))
    #expect(following.progress.chunks == 1)
    await task.value
  }

  @Test("callers who have nothing yet go on with the maker that takes over")
  func takenOverBeforeTheFirstByte() async throws {
    store.put("making/a/claim", #"{"state":"making","owner":"first","renewed":1}"#)
    let following = Following(place, store: store, claimLife: .seconds(600))
    let task = Task { await following.run() }
    try await Task.sleep(for: .milliseconds(30))
    store.put("making/a/claim", #"{"state":"making","owner":"second","renewed":2}"#)
    store.put("making/a/chunk-00000000", "second 0")
    while following.progress.chunks == 0, following.progress.end == nil { await following.wait(beyond: 0) }
    #expect(try await following.chunk(0).map { String(buffer: $0) } == "second 0")
    store.put("results/a", "whole")
    #expect(await end(following) == .complete)
    await task.value
  }

  @Test("what a former run of the host left is passed over: its claim is not waited for, its chunks are not sent")
  func leftOver() async throws {
    let store = MemoryStore(makersBegan: Date(timeIntervalSince1970: 1000))
    store.put("making/a/claim", #"{"state":"making","owner":"dead","renewed":999000}"#)
    store.put("making/a/chunk-00000000", "dead 0")
    let following = Following(place, store: store, claimLife: .milliseconds(20))
    let task = Task { await following.run() }
    try await Task.sleep(for: .milliseconds(200))
    #expect(following.progress.end == nil && following.progress.chunks == 0)
    store.put("making/a/chunk-00000000", nil)
    store.put("making/a/claim", #"{"state":"making","owner":"next","renewed":1001000}"#)
    store.put("making/a/chunk-00000000", "next 0")
    store.put("results/a", "whole")
    #expect(await end(following) == .complete)
    await task.value
  }

  @Test("work without a claim still waits in a queue: that is no end")
  func queued() async {
    let following = Following(place, store: store, claimLife: .milliseconds(5))
    let task = Task { await following.run() }
    try? await Task.sleep(for: .milliseconds(60))
    #expect(following.progress.end == nil && following.progress.chunks == 0)
    task.cancel()
    await task.value
  }

  @Test("all callers of a place share one follower, and its end frees the place for later ones")
  func hub() async {
    let hub = FollowHub(store: store)
    let (first, second) = (hub.join(place), hub.join(place))
    #expect(first === second)
    hub.leave(first)
    #expect(hub.join(place) === second)
    store.put("results/a", "whole")
    #expect(await end(second) == .complete)
    #expect(hub.join(place) !== second)
  }
}
