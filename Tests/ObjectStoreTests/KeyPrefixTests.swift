import LoopbackServer
import HTTPTransport
import ObjectStore
import Testing

@Suite("A prefix of a bucket")
struct KeyPrefixTests {
  @Test("a bucket and a prefix make one; empty parts and dots do not")
  func parsing() {
    #expect(KeyPrefix("b/p")?.text == "b/p/" && KeyPrefix("b/p/q/")?.text == "b/p/q/")
    #expect(KeyPrefix("b/p")?.bucket == "b" && KeyPrefix("b/p")?.prefix == "p/")
    for text in ["", "b", "b/", "/p", "b//p", "b/p//", "b/../p", "b/."] { #expect(KeyPrefix(text) == nil) }
  }

  @Test("presigned addresses and messages: the first has the prefix, the second the key that callers know")
  func addresses() async throws {
    try await withClient { _ in
      [.respond(404)]
    } _: { _, server in
      let http = CurlTransport()
      defer { http.shutdown() }
      var configuration = S3Configuration(endpoint: server.url, credentials: testCredentials)
      configuration.keyPrefix = KeyPrefix("my-bucket/p")
      let client = S3Client(configuration: configuration, http: http)
      let mine = try await client.presignedGet("k", in: "my-bucket", expires: 60)
      let other = try await client.presignedGet("k", in: "other", expires: 60)
      #expect(mine.contains("/my-bucket/p/k?") && other.contains("/other/k?"))
      let error = await storeError { _ = try await client.head("k", in: "my-bucket") }
      #expect(error?.message.contains("'k'") == true && server.requests.last?.target == "/my-bucket/p/k")
    }
  }
}
