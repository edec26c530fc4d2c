import LocalStorage
import Encodings
import Checksums
import FoundationEssentials
import HTTPTransport
import Core
import S3Protocol
import S3Server
import SigV4
import Testing

/// Objects over a live socket: what was put is what is got, under every condition that S3 knows.
@Suite("Objects")
struct ObjectTests {
  static let content = [UInt8]((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) })

  @Test func PutObject_returnsMD5AndKeepsHeaders() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let put = try await server.send(
        "PUT", "bucket", "some folder/ünï+code & name.v2.mp4",
        headers: [
          ("content-type", "video/mp4"), ("cache-control", "max-age=3"), ("content-disposition", "attachment"),
          ("content-language", "de"), ("content-encoding", "aws-chunked,gzip"), ("expires", "soon"),
          ("x-amz-meta-One", "1"), ("x-amz-meta-two", "zwei"),
        ], body: Self.content)
      #expect(put.status == 200)
      #expect(put.headers["etag"] == "\"\(Digest.md5(Self.content).hexString)\"")
      #expect(put.headers["x-amz-request-id"]?.isEmpty == false)

      let get = try await server.send("GET", "bucket", "some folder/ünï+code & name.v2.mp4")
      #expect(get.status == 200)
      #expect(get.body == Self.content)
      for (name, value) in [
        "content-type": "video/mp4", "cache-control": "max-age=3", "content-disposition": "attachment",
        "content-language": "de", "content-encoding": "gzip", "expires": "soon", "x-amz-meta-one": "1",
        "x-amz-meta-two": "zwei", "content-length": "300000", "accept-ranges": "bytes",
      ] {
        #expect(get.headers[name] == value, "\(name)")
      }
      let head = try await server.send("HEAD", "bucket", "some folder/ünï+code & name.v2.mp4")
      #expect(head.status == 200)
      #expect(head.headers["content-length"] == "300000")
      #expect(head.headers["etag"] == put.headers["etag"])
      #expect(head.body.isEmpty)
    }
  }

  @Test func PutObject_emptyBody() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      #expect(try await server.send("PUT", "bucket", "empty").status == 200)
      let get = try await server.send("GET", "bucket", "empty")
      #expect(get.status == 200)
      #expect(get.body.isEmpty)
      #expect(get.headers["content-type"] == "binary/octet-stream")
      #expect(server.store.files.isEmpty)
    }
  }

  @Test func PutObject_overwriteRemovesTheOldFile() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      for round in 0..<3 { #expect(try await server.send("PUT", "bucket", "key", body: [UInt8(round)]).status == 200) }
      #expect(try await server.send("GET", "bucket", "key").body == [2])
      #expect(server.store.files.count == 1)
    }
  }

  @Test(
    arguments: [
      ("bytes=10-19", 206, 10..<20), ("bytes=299990-", 206, 299_990..<300_000), ("bytes=-5", 206, 299_995..<300_000),
      ("bytes=0-999999", 206, 0..<300_000), ("bytes=5-4", 200, 0..<300_000), ("bytes=0-1,5-6", 200, 0..<300_000),
      ("bytes=300000-", 416, 0..<0),
    ])
  func GetObject_range(header: String, status: Int, range: Range<Int>) async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      _ = try await server.send("PUT", "bucket", "key", body: Self.content)
      let get = try await server.send("GET", "bucket", "key", headers: [("range", header)])
      #expect(get.status == status)
      if status == 416 {
        #expect(get.errorCode == "InvalidRange")
      } else {
        #expect(get.body == Array(Self.content[range]))
      }
      let contentRange = "bytes \(range.lowerBound)-\(range.upperBound - 1)/300000"
      // RFC 9110 section 15.5.17: a range that cannot be had tells the size.
      let expected: [Int: String] = [206: contentRange, 416: "bytes */300000"]
      #expect(get.headers["content-range"] == expected[status])
    }
  }

  @Test func GetObject_conditions() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let etag = try #require(try await server.send("PUT", "bucket", "key", body: Self.content).headers["etag"])
      func status(_ headers: [(name: String, value: String)]) async throws -> Int {
        try await server.send("GET", "bucket", "key", headers: headers).status
      }
      #expect(try await status([("if-match", etag)]) == 200)
      #expect(try await status([("if-match", "\"other\"")]) == 412)
      #expect(try await status([("if-none-match", etag)]) == 304)
      #expect(try await status([("if-none-match", "\"other\"")]) == 200)
      #expect(try await status([("if-modified-since", "Sun, 06 Nov 2044 08:49:37 GMT")]) == 304)
      #expect(try await status([("if-unmodified-since", "Sun, 06 Nov 1994 08:49:37 GMT")]) == 412)
      #expect(try await status([("range", "bytes=0-0"), ("if-range", etag)]) == 206)
      #expect(try await status([("range", "bytes=0-0"), ("if-range", "\"other\"")]) == 200)
    }
  }

  @Test func GetObject_responseOverrides() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      _ = try await server.send("PUT", "bucket", "key", body: [1])
      let get = try await server.send(
        "GET", "bucket", "key",
        query: [
          ("response-content-type", "text/plain"), ("response-content-disposition", "attachment; filename=\"ü\""),
        ])
      #expect(get.headers["content-type"] == "text/plain")
      #expect(get.headers["content-disposition"]?.hasPrefix("attachment") == true)
    }
  }

  @Test func HeadObject_errorsHaveNoBody() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let head = try await server.send("HEAD", "bucket", "missing")
      #expect(head.status == 404)
      #expect(head.body.isEmpty)
      let get = try await server.send("GET", "bucket", "missing")
      #expect(get.status == 404)
      #expect(get.errorCode == "NoSuchKey")
      #expect(get.text.contains("<RequestId>\(get.headers["x-amz-request-id"] ?? "?")</RequestId>"))
      #expect(try await server.send("GET", "absent-bucket", "missing").errorCode == "NoSuchBucket")
    }
  }

  @Test func PutObject_conditionalWrites() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      func put(_ byte: UInt8, _ header: String, _ value: String) async throws -> HTTPTransport.HTTPResponse {
        try await server.send("PUT", "bucket", "key", headers: [(header, value)], body: [byte])
      }
      #expect(try await put(1, "if-match", "\"none\"").errorCode == "NoSuchKey")
      let first = try await put(2, "if-none-match", "*")
      #expect(first.status == 200)
      #expect(try await put(3, "if-none-match", "*").errorCode == "PreconditionFailed")
      #expect(try await put(4, "if-match", "\"other\"").errorCode == "PreconditionFailed")
      #expect(try await put(5, "if-match", try #require(first.headers["etag"])).status == 200)
      #expect(try await server.send("GET", "bucket", "key").body == [5])
      #expect(server.store.files.count == 1)
    }
  }

  @Test("of many conditional creations at once exactly one succeeds")
  func PutObject_conditionalRace() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<20 {
          group.addTask {
            let headers = [(name: "if-none-match", value: "*")]
            return try await server.send("PUT", "bucket", "key", headers: headers, body: [UInt8(number)]).status
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses.count { $0 == 200 } == 1)
      #expect(statuses.count { $0 == 412 } == 19)
      #expect(server.store.files.count == 1)
      #expect(server.store.changes.all.count == 1)
    }
  }

  @Test func DeleteObject_missingIsNoError() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      _ = try await server.send("PUT", "bucket", "key", body: [1])
      #expect(try await server.send("DELETE", "bucket", "key").status == 204)
      #expect(try await server.send("DELETE", "bucket", "key").status == 204)
      #expect(try await server.send("GET", "bucket", "key").status == 404)
      #expect(server.store.files.isEmpty)
      #expect(server.store.changes.all.map(\.event) == [.put, .delete])
    }
  }

  @Test func DeleteObjects_reportsEachKey() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      for key in ["a", "b&<", "c"] { _ = try await server.send("PUT", "bucket", key, body: [1]) }
      let request = DeleteRequest(objects: [
        .init(key: "a"), .init(key: "b&<"), .init(key: "missing"), .init(key: "c", etag: ETag("other")),
      ]).encode()
      let response = try await server.send("POST", "bucket", query: [("delete", nil)], body: request)
      let result = try DeleteResult.decode(response.body)
      #expect(result.deleted == ["a", "b&<", "missing"])
      #expect(result.failures.map(\.key) == ["c"])
      #expect(result.failures.map(\.code) == ["PreconditionFailed"])
    }
  }

  @Test func CopyObject_keepsOrReplacesMetadata() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      _ = try await server.send(
        "PUT", "bucket", "ü +", headers: [("content-type", "video/mp4"), ("x-amz-meta-a", "1")], body: Self.content)
      let source = "/bucket/" + PercentEncoding.encode("ü +")
      let copy = try await server.send("PUT", "bucket", "copy", headers: [("x-amz-copy-source", source)])
      #expect(copy.status == 200)
      #expect(try CopyObjectResult.decode(copy.body).etag.value == Digest.md5(Self.content).hexString)
      let get = try await server.send("GET", "bucket", "copy")
      #expect(get.body == Self.content)
      #expect(get.headers["x-amz-meta-a"] == "1")

      let replaced = try await server.send(
        "PUT", "bucket", "ü +",
        headers: [
          ("x-amz-copy-source", source), ("x-amz-metadata-directive", "REPLACE"), ("content-type", "text/plain"),
        ])
      #expect(replaced.status == 200)
      let head = try await server.send("HEAD", "bucket", "ü +")
      #expect(head.headers["content-type"] == "text/plain")
      #expect(head.headers["x-amz-meta-a"] == nil)
      #expect(
        try await server.send("PUT", "bucket", "ü +", headers: [("x-amz-copy-source", source)]).errorCode
          == "InvalidRequest")
      #expect(
        try await server.send(
          "PUT", "bucket", "x", headers: [("x-amz-copy-source", source), ("x-amz-copy-source-if-match", "\"other\"")]
        ).errorCode == "PreconditionFailed")
      #expect(server.store.changes.all.map(\.event) == [.put, .copy, .copy])
    }
  }

  @Test("no key leaves the store's folder, and every key comes back as it was")
  func PutObject_strangeKeys() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let keys = [
        "../../escape", "..", ".", "/absolute", "a//b", "trailing/", "a/../b", "%41", "%2e%2e/", "a?b=c", "x&y=z", "é",
        "e\u{301}", "日本語/🎬.mp4", "<x>&amp;\"'", "tab\tnewline\n", String(repeating: "a", count: 1024),
      ]
      for key in keys {
        #expect(try await server.send("PUT", "bucket", key, body: Array(key.utf8)).status == 200, "\(key)")
      }
      for key in keys { #expect(try await server.send("GET", "bucket", key).body == Array(key.utf8), "\(key)") }
      let page = try await server.store.backend.list(ListingQuery(), in: "bucket")
      let sorted = keys.sorted { ObjectKey.precedes($0, $1) }
      #expect(page.items.map { Array($0.key.utf8) } == sorted.map { Array($0.utf8) })
      // Nothing but the database and files with names of the store's own making.
      let strangers = server.store.folder.files().filter { name in
        !name.hasPrefix("database.sqlite") && !["store/identity", "store/removal.lock"].contains(name)
          && name.wholeMatch(of: /store\/objects\/[0-9a-f]{2}\/[0-9a-f]{32}/) == nil
      }
      #expect(strangers == [])
    }
  }

  @Test func Tagging_isStoredApart() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      _ = try await server.send("PUT", "bucket", "key", headers: [("x-amz-tagging", "a=1&b=zwei%20drei")], body: [1])
      let tags = try Tagging.decode(try await server.send("GET", "bucket", "key", query: [("tagging", nil)]).body)
      #expect(tags.tags == [.init(key: "a", value: "1"), .init(key: "b", value: "zwei drei")])
      #expect(try await server.send("HEAD", "bucket", "key").headers["x-amz-tagging-count"] == "2")
      #expect(try await server.send("DELETE", "bucket", "key", query: [("tagging", nil)]).status == 204)
      #expect(try await server.send("HEAD", "bucket", "key").headers["x-amz-tagging-count"] == nil)
    }
  }

  @Test func PutObject_refusesWhatItCannotHonour() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      for (header, value, code) in [
        ("x-amz-acl", "public-read", "AccessControlListNotSupported"),
        ("x-amz-storage-class", "GLACIER", "NotImplemented"),
        ("x-amz-storage-class", "COLD", "InvalidStorageClass"),
        ("x-amz-server-side-encryption", "aws:kms", "NotImplemented"),
        ("x-amz-meta-long", String(repeating: "x", count: 2100), "MetadataTooLarge"),
      ] {
        let response = try await server.send("PUT", "bucket", "key", headers: [(header, value)], body: [1])
        #expect(response.errorCode == code)
      }
      #expect(server.store.files.isEmpty)
    }
  }
}
