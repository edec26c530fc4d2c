import Encodings
import HTTPServer
import HummingbirdCore
import NIOCore
import Testing

@Suite("Forms, part by part")
struct FormReaderTests {
  /// A body that arrives in pieces of `size` bytes.
  private func body(_ text: String, size: Int) -> RequestBody {
    let bytes = Array(text.utf8)
    let pieces = stride(from: 0, to: bytes.count, by: size).map {
      ByteBuffer(bytes: bytes[$0..<min($0 + size, bytes.count)])
    }
    return RequestBody(
      asyncSequence: AsyncStream { continuation in
        for piece in pieces { continuation.yield(piece) }
        continuation.finish()
      })
  }

  private static let form = """
    preamble\r
    --b\r
    Content-Disposition: form-data; name="target"\r
    \r
    mp3\r
    --b  \r
    content-disposition: form-data; filename="a;b \\%22.wav"; name="file"\r
    Content-Type: audio/wav\r
    \r
    \r
    --Bytes\r
    --\r
    --b\r
    Content-Disposition: form-data; name=empty\r
    \r
    \r
    --b--\r
    epilogue
    """

  @Test("parts are read wherever the body is cut", arguments: [1, 2, 3, 7, 1000])
  func partsAreReadWhereverTheBodyIsCut(_ size: Int) async throws {
    var reader = try FormReader(body(Self.form, size: size), contentType: "Multipart/Form-Data; boundary=\"b\"")
    var parts: [FormReader.Part] = []
    var contents: [String] = []
    while let part = try await reader.nextPart() {
      parts.append(part)
      var content: [UInt8] = []
      while let bytes = try await reader.nextBytes() { content += bytes.readableBytesView }
      contents.append(String(decoding: content, as: UTF8.self))
    }
    #expect(
      parts == [
        .init(name: "target"), .init(name: "file", fileName: "a;b \\\".wav", contentType: "audio/wav"),
        .init(name: "empty"),
      ])
    #expect(contents == ["mp3", "\r\n--Bytes\r\n--", ""])
  }

  @Test("parts that are not read are skipped")
  func partsThatAreNotReadAreSkipped() async throws {
    var reader = try FormReader(body(Self.form, size: 5), contentType: "multipart/form-data; boundary=b")
    var names: [String] = []
    while let part = try await reader.nextPart() { names.append(part.name) }
    #expect(names == ["target", "file", "empty"])
  }

  @Test("the rest is the content of one part")
  func theRestIsTheContentOfOnePart() async throws {
    var reader = try FormReader(body(Self.form, size: 5), contentType: "multipart/form-data; boundary=b")
    _ = try await reader.nextPart()
    #expect(try await reader.rest().collect(upTo: 100) == ByteBuffer(string: "mp3"))
  }

  @Test(arguments: [
    ("no form", FormReader.Problem.malformed),
    ("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx", .incomplete),
    ("--b\r\nno colon\r\n\r\n", .malformed), ("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--", .malformed),
    ("--bx\r\n", .malformed), ("--b\r\nA: \(String(repeating: "x", count: 40_000))", .headTooLong),
  ]) func brokenForms(_ text: String, _ problem: FormReader.Problem) async throws {
    var reader = try FormReader(body(text, size: 1000), contentType: "multipart/form-data; boundary=b")
    await #expect(throws: problem) {
      while try await reader.nextPart() != nil {}
    }
  }

  @Test(
    "other content types are no forms",
    arguments: ["", "text/plain", "multipart/form-data", "multipart/form-data; boundary=\"\""])
  func otherContentTypesAreNoForms(_ type: String) {
    #expect(throws: FormReader.Problem.notAForm) { try FormReader(body("", size: 1), contentType: type) }
  }
}
