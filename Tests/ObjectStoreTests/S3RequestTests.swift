import Encodings
import Checksums
import FoundationEssentials
import HTTPTransport
import LoopbackServer
import ObjectStore
import Core
import S3Protocol
import SigV4
import Synchronization
import Testing

/// Keys that break programs that decode, normalise or escape once too often or too little.
let awkwardKeys = [
  "plain.mp4", "talks/day 1.mp4", "a+b&c=d;e,f", "100%25 %2F", "/leading", "trailing/", "a//b", "..",
  "../../etc/passwd",
  "a/./b/../c", "ünïcödé/日本語/🎬.mp4", "e\u{301} und \u{e9}", "q?x=1#frag", "\"quotes\" <tags> 'and' `ticks`",
  "~tilde_-.",
  "back\\slash", "tab\there", "new\nline", String(repeating: "k", count: 1024), "%", "+", " ", ".", "*",
  "a:b@c$d!e(f)[g]{h}|i^j",
]

@Suite("S3 requests on the wire")
struct S3RequestTests {
  @Test("every key arrives byte for byte and rightly signed", arguments: awkwardKeys)
  func keys(key: String) async throws {
    try await withClient { _ in
      [.object([1, 2, 3])]
    } _: { client, server in
      let bytes = try await client.get(key, in: "my-bucket").bytes
      #expect(bytes == [1, 2, 3])
      _ = try await client.put([4], as: key, in: "my-bucket")
      try await client.delete(key, in: "my-bucket")
      for request in server.requests {
        #expect(request.path == "/my-bucket/" + PercentEncoding.encode(key, keepSlash: true))
        let decoded = PercentEncoding.decode(String(request.path.dropFirst("/my-bucket/".count)))
        #expect(decoded.map { Array($0.utf8) } == Array(key.utf8))
        let verified = try request.verify()
        #expect(verified.region == "us-east-1")
        #expect(verified.service == "s3")
      }
      #expect(server.requests.map(\.method) == ["GET", "PUT", "DELETE"])
    }
  }

  @Test("a write carries its checksum, type and metadata, all of them signed")
  func put() async throws {
    try await withClient { _ in
      [.respond(200, [("ETag", "\"tag\"")])]
    } _: { client, server in
      var options = PutOptions(contentType: "image/gif")
      options.cacheControl = "no-cache"
      options.metadata = ["Zoetrope-Run": "r 1"]
      let bytes = pattern(100_000)
      let etag = try await client.put(bytes, as: "k", in: "my-bucket", options: options)
      #expect(etag == ETag("tag"))
      let request = try #require(server.requests.first)
      #expect(request.body == bytes)
      #expect(request.header("content-md5") == Base64.encode(Digest.md5(bytes)))
      // It cannot be changed between two processes of one machine.
      #expect(request.header("x-amz-content-sha256") == "UNSIGNED-PAYLOAD")
      #expect(request.header("content-type") == "image/gif")
      #expect(request.header("cache-control") == "no-cache")
      #expect(request.header("x-amz-meta-zoetrope-run") == "r 1")
      #expect(request.header("x-amz-security-token") == testCredentials.sessionToken)
      let signed = try request.verify().signedHeaders
      #expect(
        signed.isSuperset(of: [
          "host", "content-md5", "content-type", "x-amz-meta-zoetrope-run", "x-amz-security-token",
        ]))
    }
  }

  @Test("a body that leaves the machine in the clear is part of the signature")
  func bodyInTheClear() async throws {
    try await withClient(endpoint: "http://store.example:9000") { _ in
      [.respond(200, [("ETag", "\"tag\"")])]
    } _: { client, server in
      _ = try await client.put([1, 2, 3], as: "k", in: "my-bucket")
      let request = try #require(server.requests.first)
      #expect(request.header("host") == "store.example:9000")
      #expect(request.header("x-amz-content-sha256") == Digest.sha256([1, 2, 3]).hexString)
    }
  }

  @Test("every try is signed again")
  func signatureTimes() async throws {
    let now = Mutex(Date(timeIntervalSince1970: 1_700_000_000))
    let clock = WallClock {
      now.withLock { now in
        now += 60
        return now
      }
    }
    try await withClient(clock: clock) { request in
      request.index < 3 ? [.error(.slowDown)] : [.object([])]
    } _: { client, server in
      _ = try await client.get("k", in: "my-bucket")
      let dates = server.requests.compactMap { $0.header("x-amz-date") }
      #expect(dates == ["20231114T221420Z", "20231114T221520Z", "20231114T221620Z"])
      for (number, request) in server.requests.enumerated() {
        _ = try request.verify(at: Date(timeIntervalSince1970: 1_700_000_060 + Double(number) * 60))
      }
    }
  }

  @Test("presigned addresses are accepted by the verifier", arguments: ["k", "talks/day 1+2.mp4", "é/?&=%"])
  func presigned(key: String) async throws {
    try await withClient { _ in
      [.object([7])]
    } _: { client, server in
      let http = CurlTransport()
      defer { http.shutdown() }
      let get = try await client.presignedGet(key, in: "my-bucket", expires: 600)
      let put = try await client.presignedPut(key, in: "my-bucket", expires: 600)
      _ = try await http.send(HTTPRequest(url: get))
      _ = try await http.send(HTTPRequest(method: "PUT", url: put, body: [1]))
      for request in server.requests {
        let verified = try request.verify()
        #expect(verified.isPresigned)
        #expect(throws: SigV4Error.self) { try request.verify(at: Date() + 601) }
      }
      #expect(server.requests.map(\.method) == ["GET", "PUT"])
    }
  }

  @Test(
    "presigned addresses begin with what their users reach",
    arguments: [
      (nil, .clients, "http://127.0.0.1:4566/b/k"), (nil, .own, "http://127.0.0.1:4566/b/k"),
      (nil, .through("https://media.example/_store"), "https://media.example/_store/b/k"),
      ("https://s3.example", .clients, "https://s3.example/b/k"),
      ("https://s3.example", .own, "http://127.0.0.1:4566/b/k"),
      ("https://s3.example", .through("https://media.example/_store"), "https://s3.example/b/k"),
    ] as [(String?, PresignedOrigin, String)])
  func origins(publicEndpoint: String?, origin: PresignedOrigin, address: String) async throws {
    var configuration = S3Configuration(endpoint: "http://127.0.0.1:4566", credentials: testCredentials)
    configuration.publicEndpoint = publicEndpoint
    let client = S3Client(configuration: configuration, http: CurlTransport())
    let url = try await client.presignedPut("k", in: "b", expires: 60, for: origin)
    #expect(url.prefix { $0 != "?" } == address)
  }

  @Test(
    "clients can be told of hosts, not of paths",
    arguments: [
      ("https://s3.example", true), ("http://10.0.0.1:9000", true), ("https://s3.example/", false),
      ("https://s3.example/a", false), ("s3.example", false), ("ftp://s3.example", false), ("https://", false),
    ])
  func publicEndpoints(text: String, isOne: Bool) {
    #expect(S3Configuration.isPublicEndpoint(text) == isOne)
  }

  @Test(
    "bucket and key are addressed as the endpoint wants it",
    arguments: [
      (nil, "eu-west-1", .automatic, "vids", "https://vids.s3.eu-west-1.amazonaws.com/a/b"),
      (nil, "eu-west-1", .automatic, "v.ids", "https://s3.eu-west-1.amazonaws.com/v.ids/a/b"),
      (nil, "eu-west-1", .path, "vids", "https://s3.eu-west-1.amazonaws.com/vids/a/b"),
      (
        "https://s3.us-east-2.amazonaws.com/", "us-east-2", .automatic, "vids",
        "https://vids.s3.us-east-2.amazonaws.com/a/b"
      ),
      ("http://127.0.0.1:4566", "us-east-1", .automatic, "vids", "http://127.0.0.1:4566/vids/a/b"),
      ("http://localhost:4566/s3/", "us-east-1", .automatic, "vids", "http://localhost:4566/s3/vids/a/b"),
      ("http://localhost:4566", "us-east-1", .virtualHost, "vids", "http://vids.localhost:4566/a/b"),
      ("HTTPS://Minio.Example:443", "us-east-1", .automatic, "vids", "https://minio.example/vids/a/b"),
      ("http://[::1]:9000", "us-east-1", .automatic, "vids", "http://[::1]:9000/vids/a/b"),
    ] as [(String?, String, S3Configuration.Addressing, String, String)])
  func addressing(
    endpoint: String?, region: String, addressing: S3Configuration.Addressing, bucket: String, address: String
  ) async throws {
    var configuration = S3Configuration(
      endpoint: endpoint, region: region, credentials: testCredentials)
    configuration.addressing = addressing
    let client = S3Client(configuration: configuration, http: CurlTransport())
    let url = try await client.presignedGet("a/b", in: bucket, expires: 60)
    #expect(url.prefix { $0 != "?" } == address)
  }

  @Test("a bucket's name cannot lead to another address", arguments: ["", ".", "..", "a/b"])
  func badBucket(bucket: String) async throws {
    try await withClient { _ in
      [.respond(500)]
    } _: { client, server in
      let error = await storeError { _ = try await client.head("k", in: bucket) }
      #expect(error?.code == "InvalidBucketName")
      #expect(server.requests.isEmpty)
    }
  }

  @Test("settings come from AWS's own variables; what is wrong is named")
  func environment() throws {
    var reader = EnvironmentReader([
      "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:2", "AWS_REGION": "eu-north-1",
      "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
    ])
    let configuration = S3Configuration(environment: &reader)
    try reader.validate()
    #expect(configuration.endpoint == "http://127.0.0.1:2")
    #expect(configuration.region == "eu-north-1")
    for (holder, holds) in [("http://127.0.0.1:2", true), ("http://127.0.0.1:1", false)] {
      reader = EnvironmentReader([
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:2", "ZOETROPE_STORE_HOLDS_FILES": holder, "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
      ])
      #expect(S3Configuration(environment: &reader).holdsFiles == holds, "only the store that was meant")
    }

    var empty = EnvironmentReader(["AWS_ENDPOINT_URL": "127.0.0.1:4566"])
    _ = S3Configuration(environment: &empty)
    let error = #expect(throws: ConfigurationError.self) { try empty.validate() }
    #expect(error?.problems.count == 3)
    #expect(error?.message.contains("AWS_ENDPOINT_URL: ") == true)
    #expect(error?.message.contains("AWS_SECRET_ACCESS_KEY") == true)
  }
}
