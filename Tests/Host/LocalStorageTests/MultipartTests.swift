import Encodings
import Checksums
import FoundationEssentials
import HTTPTransport
import Core
import S3Protocol
import S3Server
import SigV4
import Testing

/// Uploads in parts; the server under test takes parts from 16 bytes on.
@Suite("Multipart uploads")
struct MultipartTests {
  private static let pieces: [[UInt8]] = [
    Array(repeating: 1, count: 40_000), Array(repeating: 2, count: 16), Array(repeating: 3, count: 5),
  ]

  private func begin(
    _ server: StoreServer, _ key: String = "key", headers: [(name: String, value: String)] = []
  ) async throws -> String {
    let response = try await server.send("POST", "bucket", key, query: [("uploads", nil)], headers: headers)
    return try InitiateMultipartUploadResult.decode(response.body).uploadID
  }

  private func upload(
    _ server: StoreServer, _ id: String, _ number: Int, _ body: [UInt8], key: String = "key",
    headers: [(name: String, value: String)] = []
  ) async throws -> HTTPTransport.HTTPResponse {
    try await server.send(
      "PUT", "bucket", key, query: [("partNumber", "\(number)"), ("uploadId", id)], headers: headers, body: body)
  }

  private func complete(
    _ server: StoreServer, _ id: String, _ parts: [(Int, String)], key: String = "key",
    headers: [(name: String, value: String)] = []
  ) async throws -> HTTPTransport.HTTPResponse {
    let request = CompleteMultipartUpload(parts: parts.map { .init(number: $0.0, etag: ETag($0.1)) })
    return try await server.send(
      "POST", "bucket", key, query: [("uploadId", id)], headers: headers, body: request.encode())
  }

  @Test func CompleteMultipartUpload_joinsPartsInOrder() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let id = try await begin(server, headers: [("content-type", "video/mp4"), ("x-amz-meta-a", "1")])
      var parts: [(Int, String)] = []
      for (index, piece) in Self.pieces.enumerated().reversed() {
        let response = try await upload(server, id, index * 2 + 1, piece)
        parts.insert((index * 2 + 1, try #require(response.headers["etag"])), at: 0)
      }
      _ = try await upload(server, id, 9, [9])
      let response = try await complete(server, id, parts)
      #expect(response.status == 200)
      let result = try CompleteMultipartUploadResult.decode(response.body)
      #expect(result.etag == ETag.multipart(partMD5s: Self.pieces.map(Digest.md5)))
      let whole = Array(Self.pieces.joined())
      let get = try await server.send("GET", "bucket", "key")
      #expect(get.body == whole)
      #expect(get.headers["content-type"] == "video/mp4")
      #expect(get.headers["x-amz-meta-a"] == "1")
      let across = try await server.send("GET", "bucket", "key", headers: [("range", "bytes=39990-40018")])
      #expect(across.body == Array(whole[39_990...40_018]))
      let part = try await server.send("GET", "bucket", "key", query: [("partNumber", "2")])
      #expect(part.body == Self.pieces[1])
      #expect(part.headers["x-amz-mp-parts-count"] == "3")
      #expect(try await upload(server, id, 1, [1]).errorCode == "NoSuchUpload")
      // Once more, by a client that missed the answer: the same answer, and nothing happens.
      #expect(try await complete(server, id, parts).body == response.body)
      #expect(server.store.files.count == 3)
      #expect(server.store.changes.all.map(\.event) == [.completeMultipartUpload])
    }
  }

  @Test func CompleteMultipartUpload_refusesWrongParts() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let id = try await begin(server)
      let a = try #require(try await upload(server, id, 1, Self.pieces[1]).headers["etag"])
      let b = try #require(try await upload(server, id, 2, Self.pieces[2]).headers["etag"])
      #expect(try await complete(server, id, [(2, b), (1, a)]).errorCode == "InvalidPartOrder")
      #expect(try await complete(server, id, [(1, b)]).errorCode == "InvalidPart")
      #expect(try await complete(server, id, [(3, b)]).errorCode == "InvalidPart")
      #expect(try await complete(server, id, []).errorCode == "MalformedXML")
      _ = try await upload(server, id, 1, [1])
      let tiny = ETag(md5: Digest.md5([1])).value
      #expect(try await complete(server, id, [(1, tiny), (2, b)]).errorCode == "EntityTooSmall")
      #expect(
        try await complete(server, id, [(2, b)], headers: [("if-match", "\"x\"")]).errorCode == "NoSuchKey")
      // What was refused has changed nothing.
      #expect(try await complete(server, id, [(2, b)]).status == 200)
      #expect(server.store.files.count == 1)
    }
  }

  @Test(arguments: [ChecksumAlgorithm.crc32, .crc32c, .crc64nvme])
  func CompleteMultipartUpload_fullObjectChecksum(algorithm: ChecksumAlgorithm) async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let id = try await begin(
        server,
        headers: [("x-amz-checksum-algorithm", algorithm.rawValue), ("x-amz-checksum-type", "FULL_OBJECT")])
      var parts: [(Int, String)] = []
      for (index, piece) in Self.pieces.enumerated() {
        let response = try await upload(server, id, index + 1, piece)
        #expect(response.headers[algorithm.headerName] == Self.checksum(algorithm, piece))
        parts.append((index + 1, try #require(response.headers["etag"])))
      }
      let expected = Self.checksum(algorithm, Array(Self.pieces.joined()))
      #expect(
        try await complete(
          server, id, parts, headers: [(algorithm.headerName, Self.checksum(algorithm, [1]))]
        ).errorCode == "BadDigest")
      let response = try await complete(
        server, id, parts, headers: [(algorithm.headerName, expected), ("x-amz-checksum-type", "FULL_OBJECT")])
      #expect(try CompleteMultipartUploadResult.decode(response.body).checksums.values == [algorithm: expected])
      let head = try await server.send("HEAD", "bucket", "key", headers: [("x-amz-checksum-mode", "ENABLED")])
      #expect(head.headers[algorithm.headerName] == expected)
      #expect(head.headers["x-amz-checksum-type"] == "FULL_OBJECT")
    }
  }

  @Test func CompleteMultipartUpload_compositeChecksum() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let id = try await begin(server, headers: [("x-amz-checksum-algorithm", "SHA256")])
      var parts: [(Int, String)] = []
      for (index, piece) in Self.pieces.enumerated() {
        parts.append((index + 1, try #require(try await upload(server, id, index + 1, piece).headers["etag"])))
      }
      let wrong = try await upload(server, id, 4, [1], headers: [("x-amz-checksum-crc32", Self.checksum(.crc32, [1]))])
      #expect(wrong.errorCode == "InvalidRequest")
      let response = try await complete(server, id, parts)
      let digests = Self.pieces.flatMap { Digest.sha256($0) }
      let expected = Base64.encode(Digest.sha256(digests)) + "-3"
      #expect(try CompleteMultipartUploadResult.decode(response.body).checksums.values == [.sha256: expected])
    }
  }

  @Test func UploadPartCopy_copiesARange() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let content = ObjectTests.content
      _ = try await server.send("PUT", "bucket", "source", body: content)
      let id = try await begin(server)
      let copy = try await upload(
        server, id, 1, [],
        headers: [("x-amz-copy-source", "bucket/source"), ("x-amz-copy-source-range", "bytes=100-199999")])
      let first = try CopyPartResult.decode(copy.body).etag.value
      let second = try #require(try await upload(server, id, 2, [7]).headers["etag"])
      #expect(try await complete(server, id, [(1, first), (2, second)]).status == 200)
      #expect(try await server.send("GET", "bucket", "key").body == Array(content[100..<200_000]) + [7])
    }
  }

  @Test func ListParts_andUploadsInPages() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let id = try await begin(server, "b")
      for number in 1...5 { _ = try await upload(server, id, number, [UInt8(number)], key: "b") }
      var numbers: [Int] = []
      var marker = 0
      for _ in 0..<10 {
        let response = try await server.send(
          "GET", "bucket", "b",
          query: [("uploadId", id), ("max-parts", "2"), ("part-number-marker", "\(marker)")])
        let page = try ListPartsResult.decode(response.body)
        numbers += page.parts.map(\.number)
        guard page.isTruncated else { break }
        marker = try #require(page.nextPartNumberMarker)
      }
      #expect(numbers == [1, 2, 3, 4, 5])

      let others = [try await begin(server, "a"), try await begin(server, "b"), try await begin(server, "c")]
      var ids: [String] = []
      var markers: [(name: String, value: String?)] = []
      for _ in 0..<10 {
        let response = try await server.send(
          "GET", "bucket", query: [("uploads", nil), ("max-uploads", "1")] + markers)
        let page = try ListMultipartUploadsResult.decode(response.body)
        ids += page.uploads.map(\.uploadID)
        guard page.isTruncated else { break }
        markers = [("key-marker", page.nextKeyMarker), ("upload-id-marker", page.nextUploadIDMarker)]
      }
      #expect(Set(ids) == Set(others + [id]))
      #expect(ids.count == 4)
      #expect(ids.first == others[0])
      #expect(ids.last == others[2])
    }
  }

  @Test func AbortMultipartUpload_removesItsParts() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let id = try await begin(server)
      _ = try await upload(server, id, 1, Self.pieces[0])
      #expect(server.store.files.count == 1)
      #expect(try await server.send("DELETE", "bucket", "other", query: [("uploadId", id)]).errorCode == "NoSuchUpload")
      #expect(try await server.send("DELETE", "bucket", "key", query: [("uploadId", id)]).status == 204)
      #expect(server.store.files.isEmpty)
      #expect(server.store.changes.all.isEmpty)
    }
  }

  static func checksum(_ algorithm: ChecksumAlgorithm, _ bytes: [UInt8]) -> String {
    let stream = ChecksumStream(algorithm)
    stream.update(bytes)
    return stream.finalizeBase64()
  }
}
