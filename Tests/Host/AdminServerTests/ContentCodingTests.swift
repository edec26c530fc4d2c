import AdminServer
import HTTPTypes
import HummingbirdCore
import NIOCore
import Testing

@Suite("Content coding of answers")
struct ContentCodingTests {
  private func request(_ method: HTTPRequest.Method = .get, _ fields: HTTPFields = [.acceptEncoding: "gzip, br"])
    -> HTTPRequest
  {
    HTTPRequest(method: method, scheme: nil, authority: nil, path: "/", headerFields: fields)
  }

  private func answer(_ fields: HTTPFields, bytes: Int = 5000, status: HTTPResponse.Status = .ok) -> Response {
    Response(status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(repeating: 65, count: bytes)))
  }

  private func isCoded(_ answer: Response, _ request: HTTPRequest? = nil) -> Bool {
    ContentCoding.apply(to: answer, of: request ?? self.request()).headers[.contentEncoding] == "gzip"
  }

  @Test(
    "A client accepts gzip if it names it, or all codings, without a weight of 0",
    arguments: [
      ("gzip", true), ("br, GZIP;q=0.5", true), ("*", true), ("identity, *;q=0.1", true), ("", false), ("br", false),
      ("gzip;q=0", false), ("gzip; q=0.000, *", false), ("*;q=0", false), ("*;q=0, gzip", true), ("xgzip", false),
    ])
  func accepted(header: String, isAccepted: Bool) {
    #expect(ContentCoding.acceptsGzip(header) == isAccepted)
  }

  @Test("JSON, XML and text are coded; what is small already and events are not")
  func kinds() {
    for kind in [
      "application/json", "application/json; charset=utf-8", "application/xml", "text/plain", "image/svg+xml",
    ] {
      #expect(isCoded(answer([.contentType: kind])), "\(kind)")
    }
    for kind in ["image/jpeg", "video/mp4", "audio/wav", "application/zip", "text/event-stream", ""] {
      #expect(!isCoded(answer([.contentType: kind])), "\(kind)")
    }
  }

  @Test("A coded answer has no length, no ranges and a weak tag, and says what it varies by")
  func fields() {
    let coded = ContentCoding.apply(
      to: answer([.contentType: "application/json", .eTag: "\"a\"", .acceptRanges: "bytes", .vary: "Origin"]),
      of: request())
    #expect(coded.headers[.contentLength] == nil && coded.body.contentLength == nil)
    #expect(coded.headers[.acceptRanges] == nil)
    #expect(coded.headers[.eTag] == "W/\"a\"")
    #expect(coded.headers[.vary] == "Origin, Accept-Encoding")
    let plain = ContentCoding.apply(
      to: answer([.contentType: "application/json", .eTag: "\"a\""]), of: request(.get, [:]))
    #expect(plain.headers[.eTag] == "\"a\"" && plain.headers[.contentLength] == "5000")
    #expect(plain.headers[.vary] == "Accept-Encoding")
  }

  @Test("Ranges, heads, errors, short answers and what has a coding or a digest stay as they are")
  func exceptions() {
    let json: HTTPFields = [.contentType: "application/json"]
    #expect(!isCoded(answer(json), request(.get, [.acceptEncoding: "gzip", .range: "bytes=0-9"])))
    #expect(!isCoded(answer(json), request(.head)))
    #expect(!isCoded(answer(json, status: .partialContent)))
    #expect(!isCoded(answer(json, status: .notFound)))
    #expect(!isCoded(answer(json, bytes: 1023)))
    #expect(isCoded(answer(json, bytes: 1024)))
    let brotli = ContentCoding.apply(to: answer([.contentType: "text/css", .contentEncoding: "br"]), of: request())
    #expect(brotli.headers[.contentEncoding] == "br")
    #expect(!isCoded(answer([.contentType: "text/css", HTTPField.Name("Content-Digest")!: "sha-256=:x:"])))
    #expect(!isCoded(answer([.contentType: "text/css", .cacheControl: "no-transform"])))
    let endless = Response(status: .ok, headers: json, body: ResponseBody { _ in })
    #expect(!isCoded(endless))
  }
}
