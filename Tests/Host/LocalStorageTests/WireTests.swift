import Encodings
import Checksums
import FoundationEssentials
import HTTPTransport
import Core
import S3Protocol
import S3Server
import SigV4
import Testing

/// Signatures, framing and connections: what stands between a client's bytes and a verb.
@Suite("On the wire")
struct WireTests {
  private static let content = Array("Hello, world! ".utf8) + [UInt8](repeating: 42, count: 200_000)

  // MARK: Who may

  @Test func AnyRequest_unsignedIsRefused() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      for (method, path) in [("GET", "/"), ("GET", "/bucket"), ("PUT", "/bucket/key"), ("DELETE", "/bucket")] {
        let response = try await server.raw(method, path, body: method == "PUT" ? [1] : [])
        #expect(response.status == 403)
        #expect(response.errorCode == "AccessDenied")
      }
      #expect(server.store.files.isEmpty)
    }
  }

  @Test func AnyRequest_wrongSignatureIsRefused() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let wrong = Credentials(accessKeyID: "test", secretAccessKey: "wrong", sessionToken: nil)
      let unknown = Credentials(accessKeyID: "unknown", secretAccessKey: "wrong", sessionToken: nil)
      let old = Date(timeIntervalSinceNow: -3600)
      for (headers, code) in [
        (server.signed("GET", "/bucket", with: wrong), "SignatureDoesNotMatch"),
        (server.signed("GET", "/bucket", with: unknown), "InvalidAccessKeyId"),
        (server.signed("GET", "/bucket", at: old), "RequestTimeTooSkewed"),
        (server.signed("GET", "/other"), "SignatureDoesNotMatch"),
      ] {
        let response = try await server.raw("GET", "/bucket", headers: headers)
        #expect(response.status == 403)
        #expect(response.errorCode == code)
      }
    }
  }

  @Test func Presigned_getAndPut() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let signer = SigV4Signer(credentials: StoreServer.credentials, region: "us-east-1", service: "s3")
      func query(_ method: String, at time: Date = Date()) -> [(name: String, value: String?)] {
        let request = SignableRequest(method: method, path: "/bucket/a%20b", headers: [("host", server.host)])
        return QueryString.parse(signer.presignedQuery(for: request, expires: 60, at: time))
      }
      #expect(try await server.raw("PUT", "/bucket/a%20b", query: query("PUT"), body: [1, 2]).status == 200)
      #expect(try await server.raw("GET", "/bucket/a%20b", query: query("GET")).body == [1, 2])
      #expect(try await server.raw("GET", "/bucket/a%20b", query: query("PUT")).errorCode == "SignatureDoesNotMatch")
      let expired = query("GET", at: Date(timeIntervalSinceNow: -120))
      #expect(try await server.raw("GET", "/bucket/a%20b", query: expired).errorCode == "AccessDenied")
    }
  }

  /// Signed by botocore 1.43 (`HmacV1QueryAuth`) with the test's credentials for 2100-01-01.
  @Test func PresignedV2_asBotocoreMakesThem() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      _ = try await server.send("PUT", "bucket", "a ü.mp4", body: [1, 2, 3])
      func get(_ signature: String, expires: String = "4102444800") async throws -> HTTPTransport.HTTPResponse {
        try await server.raw(
          "GET", "/bucket/a%20%C3%BC.mp4",
          query: [
            ("AWSAccessKeyId", "test"), ("Signature", signature), ("Expires", expires),
            ("response-content-type", "text/plain"),
          ])
      }
      let good = try await get("LBC/E4iwIg5K/FtR7RV6Oy6Nn7o=")
      #expect(good.body == [1, 2, 3])
      #expect(good.headers["content-type"] == "text/plain")
      #expect(try await get("AAAAAAAAAAAAAAAAAAAAAAAAAAA=").errorCode == "SignatureDoesNotMatch")
      #expect(try await get("LBC/E4iwIg5K/FtR7RV6Oy6Nn7o=", expires: "4102444801").errorCode == "SignatureDoesNotMatch")
      #expect(try await get("LBC/E4iwIg5K/FtR7RV6Oy6Nn7o=", expires: "1000000000").errorCode == "AccessDenied")
    }
  }

  // MARK: Bodies

  @Test func PutObject_bodyThatIsNotWhatWasSigned() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let response = try await server.send("PUT", "bucket", "key", body: Self.content, payload: .of([1]))
      #expect(response.status == 400)
      #expect(response.errorCode == "XAmzContentSHA256Mismatch")
      #expect(try await server.send("GET", "bucket", "key").status == 404)
      #expect(server.store.files.isEmpty)
    }
  }

  @Test func PutObject_contentMD5() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      func put(_ value: String) async throws -> HTTPTransport.HTTPResponse {
        try await server.send("PUT", "bucket", "key", headers: [("content-md5", value)], body: Self.content)
      }
      #expect(try await put(Base64.encode(Digest.md5(Self.content))).status == 200)
      #expect(try await put(Base64.encode(Digest.md5([1]))).errorCode == "BadDigest")
      #expect(try await put("nonsense").errorCode == "InvalidDigest")
    }
  }

  @Test(arguments: ChecksumAlgorithm.allCases)
  func PutObject_checksumHeader(algorithm: ChecksumAlgorithm) async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let value = MultipartTests.checksum(algorithm, Self.content)
      let put = try await server.send(
        "PUT", "bucket", "key", headers: [(algorithm.headerName, value)], body: Self.content)
      #expect(put.headers[algorithm.headerName] == value)
      let head = try await server.send("HEAD", "bucket", "key", headers: [("x-amz-checksum-mode", "ENABLED")])
      #expect(head.headers[algorithm.headerName] == value)
      #expect(try await server.send("HEAD", "bucket", "key").headers[algorithm.headerName] == nil)
      let wrong = try await server.send(
        "PUT", "bucket", "key", headers: [(algorithm.headerName, MultipartTests.checksum(algorithm, [1]))],
        body: Self.content)
      #expect(wrong.errorCode == "BadDigest")
    }
  }

  /// The three forms of aws-chunked, as the AWS SDKs and older clients send them.
  @Test(arguments: [PayloadHash.streaming, .streamingTrailer, .streamingUnsignedTrailer], [65_536, 100_003, 300_000])
  func PutObject_awsChunked(payload: PayloadHash, chunkSize: Int) async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let trailer = payload == .streaming ? nil : MultipartTests.checksum(.crc64nvme, Self.content)
      let request = try Self.chunked(server, payload, chunkSize: chunkSize, trailer: trailer)
      let put = try await server.raw("PUT", "/bucket/key", headers: request.headers, body: request.body)
      #expect(put.status == 200, "\(put.text)")
      let get = try await server.send("GET", "bucket", "key", headers: [("x-amz-checksum-mode", "ENABLED")])
      #expect(get.body == Self.content)
      #expect(get.headers["content-encoding"] == nil)
      // Where the client sends none, the store adds it.
      #expect(get.headers["x-amz-checksum-crc64nvme"] == MultipartTests.checksum(.crc64nvme, Self.content))
    }
  }

  @Test(arguments: [PayloadHash.streaming, .streamingTrailer, .streamingUnsignedTrailer])
  func PutObject_awsChunkedDamaged(payload: PayloadHash) async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let trailer = payload == .streaming ? nil : MultipartTests.checksum(.crc64nvme, Self.content)
      let request = try Self.chunked(server, payload, chunkSize: 65_536, trailer: trailer)
      var damaged = request.body
      damaged[70_000] ^= 1
      let code = payload == .streamingUnsignedTrailer ? "BadDigest" : "SignatureDoesNotMatch"
      let response = try await server.raw("PUT", "/bucket/key", headers: request.headers, body: damaged)
      #expect(response.errorCode == code)
      let cut = try await server.raw(
        "PUT", "/bucket/key", headers: request.headers, body: Array(request.body.prefix(100_000)))
      #expect(cut.errorCode == "IncompleteBody")
      #expect(server.store.files.isEmpty)
    }
  }

  private static func chunked(
    _ server: StoreServer, _ payload: PayloadHash, chunkSize: Int, trailer: String?
  ) throws -> (headers: [(name: String, value: String)], body: [UInt8]) {
    var extra = [
      (name: "content-encoding", value: "aws-chunked"),
      (name: "x-amz-decoded-content-length", value: "\(content.count)"),
    ]
    if trailer != nil { extra.append((name: "x-amz-trailer", value: "x-amz-checksum-crc64nvme")) }
    let headers = server.signed("PUT", "/bucket/key", headers: extra, payload: payload)
    // The chain of signatures begins with the head's, which the verifier gives back.
    let verifier = SigV4Verifier { _ in StoreServer.credentials }
    var signer = try verifier.verify(
      SignableRequest(method: "PUT", path: "/bucket/key", headers: headers), at: Date()
    ).chunks
    var body: [UInt8] = []
    for start in Array(stride(from: 0, to: content.count, by: chunkSize)) + [content.count] {
      let chunk = Array(content[start..<min(content.count, start + chunkSize)])
      body += String(chunk.count, radix: 16).utf8
      if let signature = signer?.signature(ofChunkWithSHA256: Digest.sha256(chunk).hexString) {
        body += ";chunk-signature=\(signature)".utf8
      }
      body += "\r\n".utf8
      if !chunk.isEmpty { body += chunk + Array("\r\n".utf8) }
    }
    if let trailer {
      body += "x-amz-checksum-crc64nvme:\(trailer)\r\n".utf8
      if let signature = signer?.signature(ofTrailer: "x-amz-checksum-crc64nvme:\(trailer)\n") {
        body += "x-amz-trailer-signature:\(signature)\r\n".utf8
      }
    }
    return (headers, body + Array("\r\n".utf8))
  }

  // MARK: Connections

  /// Runs `body` on a thread of its own, where it may block.
  private func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    typealias Outcome = Result<Value, any Error>
    let outcome = try await withCheckedThrowingContinuation { (done: CheckedContinuation<Outcome, any Error>) in
      do {
        _ = try DedicatedThread(name: "raw-client") { done.resume(returning: Result { try body() }) }
      } catch {
        done.resume(throwing: error)
      }
    }
    return try outcome.get()
  }

  @Test func Expect100Continue_isAnsweredOnceAuthorised() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let headers = server.signed("PUT", "/bucket/key", payload: .of([1, 2, 3]))
      try await blocking {
        let connection = try RawConnection(port: server.port)
        connection.send(head: "PUT /bucket/key", headers + [("content-length", "3"), ("expect", "100-continue")])
        #expect(try connection.readHead().status == 100)
        connection.send([1, 2, 3])
        #expect(try connection.readHead().status == 200)
      }
      #expect(try await server.send("GET", "bucket", "key").body == [1, 2, 3])
    }
  }

  @Test func Expect100Continue_refusedBodyIsNeverAskedFor() async throws {
    try await StoreServer.with { server in
      let headers = server.signed("PUT", "/no-such-bucket/key", payload: .unsigned)
      try await blocking {
        let connection = try RawConnection(port: server.port)
        connection.send(
          head: "PUT /no-such-bucket/key", headers + [("content-length", "5000000000"), ("expect", "100-continue")])
        let head = try connection.readHead()
        #expect(head.status == 404)
        #expect(head.text.lowercased().contains("connection: close"))
        try connection.readToEnd()
      }
    }
  }

  @Test func PutObject_refusedBodyEndsTheConnectionAfterTheAnswer() async throws {
    try await StoreServer.with { server in
      try await blocking {
        let connection = try RawConnection(port: server.port)
        connection.send(head: "PUT /bucket/key", [("host", server.host), ("content-length", "5000000000")])
        connection.send([UInt8](repeating: 0, count: 1 << 20))
        let head = try connection.readHead()
        #expect(head.status == 403)
        try connection.readToEnd()
      }
    }
  }

  @Test func PutObject_clientThatGoesAwayLeavesNothing() async throws {
    let store = try await StoreServer.with { server in
      try await server.makeBucket()
      let headers = server.signed("PUT", "/bucket/key", payload: .unsigned)
      try await blocking {
        let connection = try RawConnection(port: server.port)
        connection.send(
          head: "PUT /bucket/key", headers + [("content-length", "3000000"), ("expect", "100-continue")])
        #expect(try connection.readHead().status == 100)
        connection.send([UInt8](repeating: 0, count: 2_000_000))
      }
      return server.store
    }
    // The server has ended, and with it whatever it did for this client.
    try await store.settle(files: 0)
    #expect(store.files.isEmpty)
    #expect(store.changes.all.isEmpty)
  }

  @Test func PutObject_shortBodiesInPieces() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let content = Self.content
      let put = server.signed("PUT", "/bucket/key", payload: .of(content))
      let small = server.signed("PUT", "/bucket/small", payload: .of([7]))
      let get = server.signed("HEAD", "/bucket/key", payload: .empty)
      try await blocking {
        let connection = try RawConnection(port: server.port)
        connection.send(head: "PUT /bucket/key", put + [("content-length", "\(content.count)")])
        for start in stride(from: 0, to: content.count, by: 9_001) {
          connection.send(Array(content[start..<min(content.count, start + 9_001)]))
        }
        // The next requests follow before the first is answered.
        connection.send(head: "PUT /bucket/small", small + [("content-length", "1")])
        connection.send([7])
        connection.send(head: "HEAD /bucket/key", get)
        for _ in 0..<3 { #expect(try connection.readHead().status == 200) }
      }
      #expect(try await server.send("GET", "bucket", "key").body == content)
      #expect(try await server.send("GET", "bucket", "small").body == [7])
    }
  }

  @Test func PutObject_shortBodyThatEndsEarlyLeavesNothing() async throws {
    let store = try await StoreServer.with { server in
      try await server.makeBucket()
      let headers = server.signed("PUT", "/bucket/key", payload: .unsigned)
      try await blocking {
        let ended = try RawConnection(port: server.port)
        ended.send(head: "PUT /bucket/key", headers + [("content-length", "200000")])
        ended.send([UInt8](repeating: 0, count: 100_000))
        // Not all of it, but an answer is still waited for.
        ended.endSending()
        let answer = try ended.readHead()
        #expect(answer.status == 400, "\(answer.text)")
        let gone = try RawConnection(port: server.port)
        gone.send(head: "PUT /bucket/key", headers + [("content-length", "200000")])
        gone.send([UInt8](repeating: 0, count: 100_000))
      }
      return server.store
    }
    try await store.settle(files: 0)
    #expect(store.files.isEmpty)
    #expect(store.changes.all.isEmpty)
  }

  @Test func PutObject_withoutLengthIsRefused() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let headers = server.signed("PUT", "/bucket/key", payload: .unsigned)
      try await blocking {
        let connection = try RawConnection(port: server.port)
        connection.send(head: "PUT /bucket/key", headers + [("transfer-encoding", "chunked")])
        connection.send("3\r\nabc\r\n0\r\n\r\n")
        #expect(try connection.readHead().status == 411)
      }
    }
  }

  @Test func Connection_isKeptForTheNextRequest() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let put = server.signed("PUT", "/bucket/key", payload: .of([1]))
      let head = server.signed("HEAD", "/bucket/key", payload: .empty)
      try await blocking {
        let connection = try RawConnection(port: server.port)
        for _ in 0..<3 {
          connection.send(head: "PUT /bucket/key", put + [("content-length", "1")])
          connection.send([1])
          #expect(try connection.readHead().status == 200)
          connection.send(head: "HEAD /bucket/key", head)
          #expect(try connection.readHead().status == 200)
        }
      }
    }
  }
}
