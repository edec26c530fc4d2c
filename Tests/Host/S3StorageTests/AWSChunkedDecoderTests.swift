import S3Protocol
import S3Storage
import Testing

@Suite struct AWSChunkedDecoderTests {
  private typealias Part = AWSChunkedDecoder.SignedPart

  /// A body, taken apart; nothing is thrown where `code` is `nil`.
  private struct Outcome: Equatable {
    var payload: [UInt8] = []
    var trailers: [String: String] = [:]
    var code: String?
  }

  private func decode(
    _ body: [UInt8], pieces: Int = .max, decodedLength: Int64? = nil, trailerNames: Set<String>? = nil,
    limits: AWSChunkedDecoder.Limits = .init(), verify: ((Part, String) -> Bool)? = nil
  ) -> Outcome {
    var decoder = AWSChunkedDecoder(
      decodedLength: decodedLength, trailerNames: trailerNames, limits: limits, verify: verify)
    var outcome = Outcome()
    do {
      var rest = body[...]
      while !rest.isEmpty {
        outcome.payload += try decoder.feed(Array(rest.prefix(pieces)))
        rest = rest.dropFirst(min(pieces, rest.count))
      }
      let trailers = try decoder.finish()
      outcome.trailers = Dictionary(uniqueKeysWithValues: trailers.map { ($0.name, $0.value) })
    } catch {
      outcome.code = error.code
    }
    return outcome
  }

  private func unsigned(_ body: String, trailerNames: Set<String>? = ["x-amz-checksum-crc32"]) -> Outcome {
    decode(bytes(body), trailerNames: trailerNames)
  }

  // MARK: The documented examples

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html: signatures and hashes as documented.
  private let documented: [UInt8] =
    bytes("10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n")
    + [UInt8](repeating: UInt8(ascii: "a"), count: 65_536)
    + bytes("\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n")
    + [UInt8](repeating: UInt8(ascii: "a"), count: 1024)
    + bytes("\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n")

  private let hashes = [
    "bf718b6f653bebc184e1479f1935b8da974d701b893afcf49e701f3e2f9f9c5a",
    "2edc986847e209b4016e141a6dc8716d3207350f416969382d431539bf292e4a",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  ]

  @Test("the documented upload, in pieces of any size", arguments: [1, 7, 86, 87, 4096, 65_536, .max])
  func documentedUpload(pieces: Int) {
    #expect(documented.count == 66_824, "the documented Content-Length")
    var checked: [(Part, String)] = []
    let outcome = decode(documented, pieces: pieces, decodedLength: 66_560) {
      checked.append(($0, $1))
      return true
    }
    #expect(outcome == Outcome(payload: [UInt8](repeating: UInt8(ascii: "a"), count: 66_560)))
    #expect(checked.map(\.0) == hashes.map { .chunk(sha256: $0) })
    #expect(
      checked.map(\.1) == [
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
      ])
  }

  @Test(
    "signed trailers, in the spellings that clients have",
    arguments: [
      "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f\r\n\r\n",
      "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f\r\n",
      "x-amz-checksum-crc32c:sOO8/Q==\n\r\nx-amz-trailer-signature:d81f\r\n\r\n",
      "\r\nx-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f\r\n\r\n",
      "X-Amz-Checksum-Crc32c: sOO8/Q== \r\nX-Amz-Trailer-Signature: d81f\r\n\r\n",
    ])
  func signedTrailer(trailer: String) {
    let body = bytes("1;chunk-signature=s1\r\na\r\n0;chunk-signature=s2\r\n\(trailer)")
    for pieces in [1, 5, Int.max] {
      var checked: [String] = []
      let outcome = decode(body, pieces: pieces, decodedLength: 1, trailerNames: ["x-amz-checksum-crc32c"]) {
        if case .trailer(let canonical) = $0 { checked.append(canonical) }
        checked.append($1)
        return true
      }
      #expect(outcome == Outcome(payload: bytes("a"), trailers: ["x-amz-checksum-crc32c": "sOO8/Q=="]))
      #expect(checked == ["s1", "s2", "x-amz-checksum-crc32c:sOO8/Q==\n", "d81f"])
    }
  }

  @Test("the signed form of several trailers is sorted by name")
  func canonicalTrailers() {
    let body = "0;chunk-signature=s\r\nx-b:2\r\nx-a:1\r\nx-amz-trailer-signature:t\r\n\r\n"
    var canonical: String?
    let outcome = decode(bytes(body), trailerNames: ["x-a", "x-b"]) { part, _ in
      if case .trailer(let text) = part { canonical = text }
      return true
    }
    #expect(outcome.code == nil)
    #expect(canonical == "x-a:1\nx-b:2\n")
  }

  @Test("unsigned chunks with a trailer, as AWS's SDKs send them by default")
  func unsignedTrailer() {
    let expected = Outcome(payload: bytes("hello world"), trailers: ["x-amz-checksum-crc32": "DUoRhQ=="])
    #expect(unsigned("b\r\nhello world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n") == expected)
    #expect(unsigned("5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n") == expected)
    #expect(unsigned("000B\r\nhello world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\n\r\n\r\n") == expected)
  }

  @Test("an empty object")
  func empty() {
    #expect(unsigned("0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n").trailers == ["x-amz-checksum-crc32": "AAAAAA=="])
    #expect(unsigned("0\r\n\r\n", trailerNames: []) == Outcome())
    #expect(decode(bytes("0;chunk-signature=s\r\n\r\n"), decodedLength: 0) { _, _ in true } == Outcome())
  }

  // MARK: What is refused

  @Test("a chunk or trailer whose signature is wrong", arguments: 0..<4)
  func wrongSignature(index: Int) {
    let body = bytes(
      "1;chunk-signature=s0\r\na\r\n1;chunk-signature=s1\r\nb\r\n0;chunk-signature=s2\r\n"
        + "x-a:1\r\nx-amz-trailer-signature:s3\r\n"
    )
    let outcome = decode(body, trailerNames: ["x-a"]) { _, signature in signature != "s\(index)" }
    #expect(outcome.code == "SignatureDoesNotMatch")
  }

  @Test("changed bytes reach the check as another hash")
  func changedBytes() {
    var body = documented
    body[70_000 - 5000] ^= 1
    let outcome = decode(body) { part, _ in hashes.contains { part == .chunk(sha256: $0) } }
    #expect(outcome.code == "SignatureDoesNotMatch")
  }

  @Test("a signed body must be signed throughout")
  func unsignedChunkInSignedBody() {
    let signed: (Part, String) -> Bool = { _, _ in true }
    #expect(decode(bytes("1\r\na\r\n0\r\n\r\n"), verify: signed).code == "InvalidRequest")
    #expect(
      decode(bytes("0;chunk-signature=s\r\nx-a:1\r\n\r\n"), trailerNames: ["x-a"], verify: signed).code
        == "IncompleteBody")
    #expect(decode(bytes("1;sig=x\r\na\r\n"), verify: signed).code == "InvalidRequest")
  }

  @Test(
    "malformed framing",
    arguments: [
      "x\r\n", "\r\n", "-1\r\n", "+1\r\na", "0x1\r\na", "1 \r\na", "1\na\r\n", "1\r\nab\r\n", "1\r\na0\r\n",
      "11111111111111111\r\n", "1;chunk-signature=s\r\na\r\n", "\u{FFFD}\r\n",
      "0\r\nx-amz-checksum-crc32:a\r\n\r\nmore", "0\r\nx-amz-checksum-crc32:a\r\n\r\n\r\n\r\n\r\n",
    ])
  func malformed(body: String) {
    #expect(unsigned(body).code == "InvalidRequest")
  }

  @Test(
    "malformed trailers",
    arguments: [
      "no colon", ": no name", "x-other: 1", "x-amz-checksum-crc32:a\r\nx-amz-checksum-crc32:b", "",
      "x-amz-trailer-signature:s", String(repeating: "x-amz-checksum-crc32:a\r\n", count: 2),
    ])
  func malformedTrailers(trailer: String) {
    #expect(unsigned("0\r\n\(trailer)\r\n\r\n").code == "MalformedTrailerError")
  }

  @Test("a body that ends early, wherever")
  func truncated() {
    let body = bytes("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:a\r\n\r\n")
    for count in 0..<body.count {
      let outcome = decode(Array(body.prefix(count)), trailerNames: ["x-amz-checksum-crc32"])
      #expect(outcome.code == "IncompleteBody", "after \(count) bytes")
    }
  }

  @Test("more or less payload than was announced")
  func announcedLength() {
    let body = bytes("5\r\nhello\r\n0\r\n\r\n")
    #expect(decode(body, decodedLength: 5, trailerNames: []).code == nil)
    #expect(decode(body, decodedLength: 6, trailerNames: []).code == "IncompleteBody")
    let tooMuch = decode(body, decodedLength: 4, trailerNames: [])
    #expect(tooMuch.code == "IncompleteBody")
    #expect(tooMuch.payload.isEmpty, "refused before any of it was handed on")
  }

  @Test("limits of lines, chunks and trailers")
  func limits() {
    let limits = AWSChunkedDecoder.Limits(line: 40, chunk: 4, trailer: 60)
    func code(_ body: String) -> String? {
      decode(bytes(body), trailerNames: ["x-a", "x-b"], limits: limits).code
    }
    #expect(code("4\r\nabcd\r\n0\r\nx-a:1\r\nx-b:2\r\n\r\n") == nil)
    #expect(code("5\r\nabcde") == "EntityTooLarge")
    #expect(code("ffffffffffffffff\r\n") == "EntityTooLarge")
    #expect(code(String(repeating: "0", count: 41)) == "InvalidRequest")
    #expect(code("0\r\nx-a:\(String(repeating: "1", count: 41))") == "InvalidRequest")
    #expect(
      code("0\r\nx-a:\(String(repeating: "1", count: 30))\r\nx-b:\(String(repeating: "2", count: 30))\r\n")
        == "MalformedTrailerError")
  }

  @Test("an error stays")
  func sticky() {
    var decoder = AWSChunkedDecoder(decodedLength: nil, trailerNames: [], verify: nil)
    #expect(code { () throws(S3Error) in _ = try decoder.feed(bytes("x\r\n")) } == "InvalidRequest")
    #expect(code { () throws(S3Error) in _ = try decoder.feed(bytes("0\r\n\r\n")) } == "InvalidRequest")
    #expect(code { () throws(S3Error) in _ = try decoder.finish() } == "InvalidRequest")
    #expect(!decoder.isComplete)
  }

  @Test("progress counts the decoded bytes")
  func progress() throws {
    var decoder = AWSChunkedDecoder(decodedLength: 5, trailerNames: [], verify: nil)
    _ = try decoder.feed(bytes("5\r\nhel"))
    #expect(decoder.decodedBytes == 3)
    #expect(!decoder.isComplete)
    _ = try decoder.feed(bytes("lo\r\n0\r\n\r\n"))
    #expect(decoder.decodedBytes == 5)
    #expect(decoder.isComplete)
  }
}
