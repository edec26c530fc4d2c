import Checksums
import FoundationEssentials
import LoopbackServer
import ObjectStore
import Core
import S3Protocol
import Testing

@Suite("What is tried again, and what is not")
struct S3RetryTests {
  @Test(
    "passing failures are tried again until they have passed",
    arguments: [
      [.error(.slowDown)], [.error(.internalError)], [.error(.requestTimeout)], [.error(.serviceUnavailable)],
      [.respond(502, text: "<html>Bad Gateway</html>")], [.respond(429)], [.close], [.reset],
      [.text("HTTP/1.1 200 OK\r\nContent-Length: 100\r\nETag: \"x\"\r\n\r\nhalf"), .reset],
      [.respond(200, text: "a proxy's page without ETag")],
    ] as [[LoopbackServer.Step]])
  func passing(failure: [LoopbackServer.Step]) async throws {
    try await withClient {
      $0.index < 3 ? failure : [.object([1, 2])]
    } _: { client, server in
      let bytes = try await client.get("k", in: "my-bucket").bytes
      #expect(bytes == [1, 2])
      #expect(server.requests.count == 3)
    }
  }

  @Test("a stalled answer is tried again")
  func stalled() async throws {
    try await withClient(stallTimeout: .milliseconds(100)) {
      $0.index < 2 ? [.stall] : [.object([1])]
    } _: {
      client, server in
      let info = try await client.head("k", in: "my-bucket")
      #expect(info.size == 1)
      #expect(server.requests.count == 2)
    }
  }

  @Test("damage in transit is found and sent again")
  func damage() async throws {
    try await withClient {
      $0.index < 2 ? [.error(.badDigest)] : [.respond(200, [("ETag", "\"e\"")])]
    } _: {
      client, server in
      _ = try await client.put(pattern(50_000), as: "k", in: "my-bucket")
      #expect(server.requests.map(\.body) == [pattern(50_000), pattern(50_000)])
    }
  }

  @Test("a failure that does not pass is told after the allowed number of tries")
  func givingUp() async throws {
    try await withClient { _ in
      [.error(.slowDown)]
    } _: { client, server in
      let error = await storeError { _ = try await client.get("talks/a.mp4", in: "my-bucket") }
      #expect(error?.code == "SlowDown")
      #expect(error?.httpStatus == 503)
      #expect(error?.isRetryable == true)
      #expect(error?.requestID == "REQ")
      #expect(error?.message.contains("'talks/a.mp4' in bucket 'my-bucket'") == true)
      #expect(server.requests.count == RetryPolicy.quick.maximumAttempts)
    }
  }

  @Test(
    "final answers are not asked for twice",
    arguments: [
      .noSuchKey, .noSuchBucket, .accessDenied, .signatureDoesNotMatch, .invalidArgument, .preconditionFailed,
    ]
      as [S3ErrorCode])
  func final(code: S3ErrorCode) async throws {
    try await withClient { _ in
      [.error(code)]
    } _: { client, server in
      let error = await storeError { _ = try await client.get("k", in: "my-bucket") }
      #expect(error?.code == code.rawValue)
      #expect(error?.httpStatus == code.httpStatus)
      #expect(error?.isRetryable == false)
      #expect(server.requests.count == 1)
    }
  }

  @Test("an answer without document still has S3's name for what happened")
  func head() async throws {
    try await withClient { request in
      let status = request.path.hasSuffix("/absent") ? 404 : 403
      return [.send(LoopbackServer.Step.head(status, [("Content-Length", "0")]))]
    } _: { client, server in
      #expect(await storeError { _ = try await client.head("absent", in: "my-bucket") }?.code == "NoSuchKey")
      #expect(await storeError { _ = try await client.head("secret", in: "my-bucket") }?.code == "AccessDenied")
      #expect(await storeError { try await client.headBucket("absent") }?.code == "NoSuchBucket")
      let exists = try await client.exists("absent", in: "my-bucket")
      #expect(!exists)
    }
  }

  @Test("cancelling ends the waiting at once")
  func cancel() async throws {
    let arrived = Gate()
    try await withClient { _ in
      arrived.open()
      return [.stall]
    } _: { client, server in
      let task = Task { try await client.get("k", in: "my-bucket") }
      await arrived.opened()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(server.requests.count == 1)
    }
  }

  @Test("a shorter or longer range than asked for is not taken")
  func wrongRange() async throws {
    try await withClient { request in
      let headers = LoopbackServer.Step.objectHeaders("\"e\"")
      return request.index == 1
        ? [.respond(206, headers + [("Content-Range", "bytes 0-4/100")], pattern(5))]
        : [.respond(206, headers + [("Content-Range", "bytes 10-19/100")], pattern(10))]
    } _: { client, server in
      let (info, bytes) = try await client.get("k", in: "my-bucket", range: 10...19, ifMatch: nil)
      #expect(bytes.count == 10)
      #expect(info.size == 100)
      #expect(server.requests.map { $0.header("range") } == ["bytes=10-19", "bytes=10-19"])
    }
  }
}

@Suite("Conditional writes whose answer gets lost")
struct ConditionalWriteTests {
  private let bytes = Array("manifest".utf8)
  private var tag: String { ETag(md5: Digest.md5(bytes)).quoted }

  private func options() -> PutOptions {
    var options = PutOptions()
    options.ifNoneMatch = true
    return options
  }

  @Test(
    "a second try that finds the first one's work has succeeded",
    arguments: [[.reset], [.close], [.error(.internalError)]] as [[LoopbackServer.Step]])
  func ownWork(lost: [LoopbackServer.Step]) async throws {
    try await withClient { [tag] request in
      switch request.index {
      case 1: lost
      case 2: [.error(.preconditionFailed)]
      default:
        [.send(LoopbackServer.Step.head(200, LoopbackServer.Step.objectHeaders(tag) + [("Content-Length", "8")]))]
      }
    } _: { client, server in
      let etag = try await client.put(bytes, as: "manifest.json", in: "my-bucket", options: options())
      #expect(etag.quoted == tag)
      #expect(server.requests.map(\.method) == ["PUT", "PUT", "HEAD"])
      #expect(server.requests[0].header("if-none-match") == "*")
    }
  }

  @Test("so it has where the tag is not the bytes' digest, as with encryption")
  func encrypted() async throws {
    try await withClient { [bytes] request in
      switch (request.index, request.method) {
      case (1, _): [.reset]
      case (2, _): [.error(.preconditionFailed)]
      case (_, "HEAD"):
        [.send(LoopbackServer.Step.head(200, LoopbackServer.Step.objectHeaders("\"kms\"") + [("Content-Length", "8")]))]
      default: [.object(bytes, etag: "\"kms\"")]
      }
    } _: { client, server in
      let etag = try await client.put(bytes, as: "k", in: "my-bucket", options: options())
      #expect(etag == ETag("kms"))
    }
  }

  @Test("another writer's work is a failed condition")
  func othersWork() async throws {
    try await withClient { request in
      switch request.index {
      case 1: [.reset]
      case 2: [.error(.preconditionFailed)]
      default:
        [
          .send(
            LoopbackServer.Step.head(200, LoopbackServer.Step.objectHeaders("\"other\"") + [("Content-Length", "9")]))
        ]
      }
    } _: { client, server in
      let error = await storeError { _ = try await client.put(bytes, as: "k", in: "my-bucket", options: options()) }
      #expect(error?.code == "PreconditionFailed")
      #expect(error?.httpStatus == 412)
    }
  }

  @Test("a condition that fails on the first try, or after one that was turned away, is not looked into")
  func certain() async throws {
    try await withClient { request in
      request.index == 1 ? [.error(.slowDown)] : [.error(.preconditionFailed)]
    } _: { client, server in
      let error = await storeError { _ = try await client.put(bytes, as: "k", in: "my-bucket", options: options()) }
      #expect(error?.code == "PreconditionFailed")
      #expect(server.requests.map(\.method) == ["PUT", "PUT"])
    }
  }

  @Test("a kept-alive connection that closes under the request counts as a lost answer")
  func staleConnection() async throws {
    try await withClient { [tag] request in
      switch request.index {
      case 1: [.object([1])]
      case 2: [.close]
      case 3: [.error(.preconditionFailed)]
      default:
        [.send(LoopbackServer.Step.head(200, LoopbackServer.Step.objectHeaders(tag) + [("Content-Length", "8")]))]
      }
    } _: { client, server in
      _ = try await client.get("warm-up", in: "my-bucket")
      let etag = try await client.put(bytes, as: "k", in: "my-bucket", options: options())
      #expect(etag.quoted == tag)
      #expect(server.requests.map(\.method) == ["GET", "PUT", "PUT", "HEAD"])
    }
  }

  @Test("a conflict between two writers is tried again")
  func conflict() async throws {
    try await withClient { request in
      request.index == 1 ? [.error(.conditionalRequestConflict)] : [.respond(200, [("ETag", "\"e\"")])]
    } _: { client, server in
      var options = PutOptions()
      options.ifMatch = ETag("before")
      let etag = try await client.put(bytes, as: "k", in: "my-bucket", options: options)
      #expect(etag == ETag("e"))
      #expect(server.requests.map { $0.header("if-match") } == ["\"before\"", "\"before\""])
    }
  }

  @Test("contradictory conditions are refused without asking")
  func contradiction() async throws {
    try await withClient { _ in
      [.respond(500)]
    } _: { client, server in
      var options = options()
      options.ifMatch = ETag("e")
      #expect(
        await storeError { _ = try await client.put(bytes, as: "k", in: "b-b", options: options) }?.code
          == "InvalidArgument")
      #expect(server.requests.isEmpty)
    }
  }
}
