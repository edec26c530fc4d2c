import Encodings
import Checksums
import FoundationEssentials
import LoopbackServer
import ObjectStore
import S3Protocol
import Testing

@Suite("Deleting and listing")
struct S3DeleteListTests {
  @Test("many keys go in requests of a thousand, with a digest")
  func batches() async throws {
    try await withClient { _ in
      [.respond(200, [], DeleteResult(deleted: [], failures: []).encode())]
    } _: {
      client, server in
      let keys = (0..<2500).map { "k/\($0) <&>" }
      try await client.delete(keys, in: "my-bucket")
      let sent = try server.requests.map { try DeleteRequest.decode($0.body).objects.map(\.key) }
      #expect(sent.map(\.count) == [1000, 1000, 500])
      #expect(sent.flatMap { $0 } == keys)
      for request in server.requests {
        #expect(request.target == "/my-bucket?delete")
        #expect(request.header("content-md5") == Base64.encode(Digest.md5(request.body)))
        _ = try request.verify()
      }
    }
  }

  @Test("keys that XML cannot hold are deleted one by one")
  func controlCharacters() async throws {
    try await withClient { request in
      request.method == "DELETE"
        ? [.respond(204)] : [.respond(200, [], DeleteResult(deleted: [], failures: []).encode())]
    } _: { client, server in
      try await client.delete(["a", "b\u{1}", "c\u{FFFF}", "d\te"], in: "my-bucket")
      #expect(server.requests.map(\.method) == ["DELETE", "DELETE", "POST"])
      #expect(try DeleteRequest.decode(server.requests[2].body).objects.map(\.key) == ["a", "d\te"])
    }
  }

  @Test("what could not be deleted is told, after everything was tried")
  func failures() async throws {
    try await withClient { request in
      let keys = (try? DeleteRequest.decode(request.body).objects.map(\.key)) ?? []
      let failures = keys.filter { $0.hasPrefix("locked") }.map {
        DeleteResult.Failure(key: $0, code: "AccessDenied", message: "no")
      }
      return [.respond(200, [], DeleteResult(deleted: [], failures: failures).encode())]
    } _: { client, server in
      let keys = ["locked/1"] + (0..<1500).map { "k\($0)" } + ["locked/2", "locked/3"]
      let error = await storeError { try await client.delete(keys, in: "my-bucket") }
      #expect(error?.code == "AccessDenied")
      #expect(error?.isRetryable == false)
      #expect(error?.message.contains("'locked/1'") == true)
      #expect(error?.message.contains("2 more of 1503") == true)
      #expect(server.requests.count == 2)
    }
  }

  @Test("only what failed for a passing reason is asked for again")
  func passingFailures() async throws {
    try await withClient { request in
      let failures = [
        DeleteResult.Failure(key: "b", code: "InternalError", message: "later"),
        DeleteResult.Failure(key: "c", code: "AccessDenied", message: "never"),
      ]
      return [.respond(200, [], DeleteResult(deleted: [], failures: request.index == 1 ? failures : []).encode())]
    } _: { client, server in
      let error = await storeError { try await client.delete(["a", "b", "c"], in: "my-bucket") }
      #expect(error?.code == "AccessDenied")
      let sent = try server.requests.map { try DeleteRequest.decode($0.body).objects.map(\.key) }
      #expect(sent == [["a", "b", "c"], ["b"]])
    }
  }

  @Test("a passing failure that stays is told in the end")
  func stubbornFailure() async throws {
    try await withClient { request in
      let failure = DeleteResult.Failure(key: "b", code: "InternalError", message: "later")
      return [.respond(200, [], DeleteResult(deleted: [], failures: [failure]).encode())]
    } _: { client, server in
      let error = await storeError { try await client.delete(["a", "b"], in: "my-bucket") }
      #expect(error?.code == "InternalError")
      #expect(error?.isRetryable == true)
      #expect(server.requests.count == 4)
    }
  }

  private static func page(
    _ keys: [String], prefixes: [String] = [], truncated: Bool, prefix: String = "", encoding: KeyEncoding? = .url
  ) -> [UInt8] {
    ListObjectsV2Result(
      name: "my-bucket", prefix: prefix, startAfter: nil, continuationToken: nil,
      nextContinuationToken: truncated ? "opaque" : nil, delimiter: nil, maxKeys: 1000, isTruncated: truncated,
      contents: keys.map {
        ObjectSummary(key: $0, etag: ETag("e"), size: 1, lastModified: Date(timeIntervalSince1970: 0))
      }, commonPrefixes: prefixes, encoding: encoding
    ).encode()
  }

  @Test("a long listing is read page by page, whatever its keys")
  func pages() async throws {
    try await withClient { request in
      let after = request.parameter("start-after")
      return switch after {
      case nil: [.respond(200, [], Self.page(["a b", "a+b"], truncated: true))]
      case "a+b": [.respond(200, [], Self.page(["ü\u{1}"], truncated: true))]
      default: [.respond(200, [], Self.page([], truncated: false))]
      }
    } _: { client, server in
      let keys = try await client.listAll(bucket: "my-bucket", prefix: "").map(\.key)
      #expect(keys == ["a b", "a+b", "ü\u{1}"])
      #expect(server.requests.count == 3)
      for request in server.requests {
        _ = try request.verify()
        #expect(request.target.hasPrefix("/my-bucket?encoding-type=url&list-type=2&max-keys=1000&prefix="))
      }
    }
  }

  @Test("a group that the page before ended with is not listed twice")
  func repeatedGroup() async throws {
    try await withClient { request in
      let limit = request.parameter("max-keys")
      return limit == "1"
        ? [.respond(200, [], Self.page([], prefixes: ["a/"], truncated: true))]
        : [.respond(200, [], Self.page([], prefixes: ["a/", "b/"], truncated: false))]
    } _: { client, server in
      let first = try await client.list(bucket: "my-bucket", prefix: "", startAfter: nil, delimiter: "/", limit: 1)
      #expect(first.commonPrefixes == ["a/"])
      let second = try await client.list(
        bucket: "my-bucket", prefix: "", startAfter: first.next, delimiter: "/", limit: 1)
      #expect(second.commonPrefixes == ["b/"])
      #expect(second.next == nil)
    }
  }

  @Test("a listing that never ends is an error, not a loop")
  func endless() async throws {
    try await withClient { _ in
      [.respond(200, [], Self.page([], truncated: true))]
    } _: { client, server in
      #expect(
        await storeError { _ = try await client.listAll(bucket: "my-bucket", prefix: "") }?.code == "InvalidResponse")
    }
  }

  @Test("an error document or rubbish instead of a listing", arguments: ["", "<html>", "<a/>", "{}"])
  func rubbish(text: String) async throws {
    try await withClient { _ in
      [.respond(200, text: text)]
    } _: { client, server in
      #expect(
        await storeError { _ = try await client.listAll(bucket: "my-bucket", prefix: "") }?.code == "MalformedXML")
    }
  }
}
