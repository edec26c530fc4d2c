import LocalStorage
import HTTPTransport
import Core
import S3Protocol
import S3Server
import S3Storage
import Testing

/// `Prefer: wait`: an answer that comes when there is something to say.
@Suite("Waiting for an object")
struct WatchTests {
  private static let wait = (name: "prefer", value: "respond-async, wait=20")

  @Test(arguments: ["GET", "HEAD"])
  func GetObject_waitsForAnObjectThatComes(method: String) async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      async let answer = server.send(method, "bucket", "key", headers: [Self.wait])
      // Whichever of the two is first, the answer is the object.
      _ = try await server.send("PUT", "bucket", "other", body: [1])
      _ = try await server.send("PUT", "bucket", "key", body: [1, 2, 3])
      let response = try await answer
      #expect(response.status == 200)
      #expect(response.headers["content-length"] == "3")
    }
  }

  @Test func GetObject_waitsForAnotherThanTheOneThatIsThere() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let old = try await server.send("PUT", "bucket", "key", body: [1]).headers["etag"] ?? ""
      async let answer = server.send("GET", "bucket", "key", headers: [Self.wait, (name: "if-none-match", value: old)])
      _ = try await server.send("PUT", "bucket", "key", body: [2])
      #expect(try await answer.body == [2])
    }
  }

  @Test func GetObject_answersAsEverWhenNothingComes() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      for value in ["wait=1", "wait=0", "wait=x", "wait", ""] {
        let response = try await server.send("GET", "bucket", "key", headers: [(name: "prefer", value: value)])
        #expect(response.errorCode == "NoSuchKey")
      }
      let lost = try await server.send("GET", "no-such-bucket", "key", headers: [Self.wait])
      #expect(lost.errorCode == "NoSuchBucket")
    }
  }

  @Test("only so many wait, and who has gone makes room")
  func limit() throws {
    let watches = ObjectWatches(maximumCount: 2)
    let address = ObjectAddress(bucket: "bucket", key: "key")
    var held = [try #require(watches.watch(address)), try #require(watches.watch(address))]
    #expect(watches.watch(address) == nil)
    held.removeLast()
    held.append(try #require(watches.watch(ObjectAddress(bucket: "bucket", key: "other"))))
    #expect(watches.watch(address) == nil)
    #expect(held.count == 2)
  }
}
