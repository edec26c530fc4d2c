import LocalStorage
import FoundationEssentials
import HTTPTransport
import Core
import S3Protocol
import S3Server
import SigV4
import Testing

@Suite("Buckets")
struct BucketTests {
  @Test func CreateBucket_twiceIsNoError() async throws {
    try await StoreServer.with { server in
      #expect(try await server.send("PUT", "first-bucket").status == 200)
      #expect(try await server.send("PUT", "first-bucket").status == 200)
      #expect(try await server.send("HEAD", "first-bucket").status == 200)
      #expect(try await server.send("HEAD", "other-bucket").status == 404)
      let list = try ListBucketsResult.decode(try await server.send("GET").body)
      #expect(list.buckets.map(\.name) == ["first-bucket"])
    }
  }

  @Test func DeleteBucket_onlyWhenEmpty() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      _ = try await server.send("PUT", "bucket", "key", body: [1])
      #expect(try await server.send("DELETE", "bucket").errorCode == "BucketNotEmpty")
      _ = try await server.send("DELETE", "bucket", "key")
      _ = try await server.send("POST", "bucket", "left", query: [("uploads", nil)])
      #expect(try await server.send("DELETE", "bucket").status == 204)
      #expect(try await server.send("DELETE", "bucket").errorCode == "NoSuchBucket")
    }
  }

  @Test func GetBucket_settingsThatCannotBeMade() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      for (name, code) in [
        ("policy", "NoSuchBucketPolicy"), ("lifecycle", "NoSuchLifecycleConfiguration"),
        ("tagging", "NoSuchTagSet"), ("website", "NoSuchWebsiteConfiguration"), ("cors", "NoSuchCORSConfiguration"),
        ("logging", "NotImplemented"),
      ] {
        #expect(try await server.send("GET", "bucket", query: [(name, nil)]).errorCode == code)
      }
      let versioning = try await server.send("GET", "bucket", query: [("versioning", nil)])
      #expect(try VersioningConfiguration.decode(versioning.body).status == nil)
      let location = try await server.send("GET", "bucket", query: [("location", nil)])
      #expect(try LocationConstraint.decode(location.body).region == "us-east-1")
      #expect(try await server.send("GET", "bucket", query: [("acl", nil)]).text.contains("FULL_CONTROL"))
    }
  }

  @Test func Notification_isStoredAndTravelsWithChanges() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let empty = try await server.send("GET", "bucket", query: [("notification", nil)])
      #expect(try NotificationConfiguration.decode(empty.body) == NotificationConfiguration())
      let configuration = NotificationConfiguration(
        targets: [
          .init(
            kind: .function, id: "x", arn: "arn:aws:lambda:us-east-1:000000000000:function:Snippets",
            events: ["s3:ObjectCreated:*"], prefix: "in/", suffix: ".mp4")
        ], eventBridge: true)
      let put = try await server.send(
        "PUT", "bucket", query: [("notification", nil)], body: configuration.encode())
      #expect(put.status == 200)
      let get = try await server.send("GET", "bucket", query: [("notification", nil)])
      #expect(try NotificationConfiguration.decode(get.body) == configuration)
      _ = try await server.send("PUT", "bucket", "in/a.mp4", body: [1, 2, 3])
      let change = try #require(server.store.changes.all.last)
      #expect(change.event == .put)
      #expect(change.bucket == "bucket")
      #expect(change.key == "in/a.mp4")
      #expect(change.size == 3)
      #expect(change.principal == "test")
      #expect(change.sourceAddress == "127.0.0.1")
      #expect(try change.notificationConfiguration.map { try NotificationConfiguration.decode($0) } == configuration)
    }
  }

  @Test func Changes_haveGrowingSequencers() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      for number in 0..<20 { _ = try await server.send("PUT", "bucket", "key", body: [UInt8(number)]) }
      let sequencers = server.store.changes.all.compactMap(\.sequencer)
      #expect(sequencers.count == 20)
      #expect(sequencers == sequencers.sorted())
      #expect(Set(sequencers).count == 20)
    }
  }

  @Test func CORS_preflightAndAnswers() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let rules = CORSConfiguration(rules: [
        .init(
          allowedOrigins: ["https://*.example.com"], allowedMethods: ["GET", "PUT"], allowedHeaders: ["*"],
          exposedHeaders: ["ETag"], maximumAgeSeconds: 60)
      ])
      #expect(try await server.send("PUT", "bucket", query: [("cors", nil)], body: rules.encode()).status == 200)
      func preflight(_ origin: String, _ method: String) async throws -> HTTPTransport.HTTPResponse {
        try await server.raw(
          "OPTIONS", "/bucket/key",
          headers: [
            ("origin", origin), ("access-control-request-method", method),
            ("access-control-request-headers", "content-type, x-amz-meta-a"),
          ])
      }
      let allowed = try await preflight("https://player.example.com", "PUT")
      #expect(allowed.status == 200)
      #expect(allowed.headers["access-control-allow-origin"] == "https://player.example.com")
      #expect(allowed.headers["access-control-allow-headers"] == "content-type, x-amz-meta-a")
      #expect(allowed.headers["access-control-max-age"] == "60")
      #expect(try await preflight("https://example.org", "PUT").status == 403)
      #expect(try await preflight("https://player.example.com", "DELETE").status == 403)

      let answer = try await server.send(
        "GET", "bucket", "missing", headers: [("origin", "https://player.example.com")])
      #expect(answer.status == 404)
      #expect(answer.headers["access-control-allow-origin"] == "https://player.example.com")
      #expect(answer.headers["access-control-expose-headers"] == "ETag")
    }
  }
}
