import Encodings
import Checksums
import SigV4
import Testing

/// The worked examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and
/// sigv4-streaming-trailers.html: 65 KiB of the letter a in chunks of 64 KiB.
@Suite struct ChunkTests {
  private let chunks = [65_536, 1024, 0].map { [UInt8](repeating: UInt8(ascii: "a"), count: $0) }

  private func request(_ headers: [(name: String, value: String)]) -> SignableRequest {
    SignableRequest(
      method: "PUT", path: "/examplebucket/chunkObject.txt",
      headers: [
        ("Host", "s3.amazonaws.com"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("Content-Encoding", "aws-chunked"), ("x-amz-decoded-content-length", "66560"),
      ] + headers)
  }

  @Test("the chunks of the documented upload are verified")
  func chunkedUpload() throws {
    let received = signed(request([("Content-Length", "66824")]), payload: .streaming)
    #expect(signature(in: received.headers) == "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")
    let verified = try verifier.verify(received, at: exampleDate)
    #expect(verified.payload == .streaming)
    var signer = try #require(verified.chunks)
    #expect(
      chunks.map { signer.signature(ofChunkWithSHA256: Digest.sha256($0).hexString) } == [
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
      ])
  }

  @Test("the chunks and the trailer of the documented upload are verified")
  func chunkedUploadWithTrailer() throws {
    let received = signed(request([("x-amz-trailer", "x-amz-checksum-crc32c")]), payload: .streamingTrailer)
    #expect(signature(in: received.headers) == "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e")
    var signer = try #require(try verifier.verify(received, at: exampleDate).chunks)
    #expect(
      chunks.map { signer.signature(ofChunkWithSHA256: Digest.sha256($0).hexString) } == [
        "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
        "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
      ])
    #expect(
      signer.signature(ofTrailer: "x-amz-checksum-crc32c:sOO8/Q==\n")
        == "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435")
  }

  @Test("client and server make the same chain")
  func bothSides() throws {
    let request = request([])
    let signer = SigV4Signer(credentials: example, region: "us-east-1", service: "s3")
    let headers = signer.headers(for: request, payload: .streaming, at: exampleDate)
    var received = request
    received.headers += headers
    var client = signer.chunkSigner(following: headers, at: exampleDate)
    var server = try #require(try verifier.verify(received, at: exampleDate).chunks)
    for chunk in chunks {
      let hash = Digest.sha256(chunk).hexString
      #expect(client.signature(ofChunkWithSHA256: hash) == server.signature(ofChunkWithSHA256: hash))
    }
  }

  @Test("chunks in another order have other signatures")
  func order() throws {
    let received = signed(request([]), payload: .streaming)
    var straight = try #require(try verifier.verify(received, at: exampleDate).chunks)
    var swapped = straight
    let hashes = chunks.map { Digest.sha256($0).hexString }
    let first = straight.signature(ofChunkWithSHA256: hashes[0])
    #expect(swapped.signature(ofChunkWithSHA256: hashes[1]) != straight.signature(ofChunkWithSHA256: hashes[1]))
    #expect(swapped.signature(ofChunkWithSHA256: hashes[0]) != first)
  }

  @Test(
    "only signed chunks have a chain",
    arguments: [
      PayloadHash.empty, .unsigned, .streamingUnsignedTrailer,
    ])
  func noChain(payload: PayloadHash) throws {
    #expect(try verifier.verify(signed(request([]), payload: payload), at: exampleDate).chunks == nil)
  }
}
