import HTTPTransport
import LoopbackServer
import Testing

@Suite("Responses as servers really write them")
struct ResponseParsingTests {
  private func response(to text: String) async throws -> HTTPResponse {
    try await withServer { _ in
      [.text(text), .close]
    } _: { server, http in
      try await http.send(HTTPRequest(url: server.url))
    }
  }

  @Test("interim responses are skipped with their fields")
  func interim() async throws {
    let response = try await response(
      to: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        + "HTTP/1.1 201 Created\r\nETag: \"x\"\r\nContent-Length: 2\r\n\r\nok")
    #expect(response.status == 201)
    #expect(response.headers.pairs.map(\.name) == ["ETag", "Content-Length"])
    #expect(response.body == Array("ok".utf8))
  }

  @Test("white space, folded lines, empty values and colons in values")
  func fields() async throws {
    let response = try await response(
      to: "HTTP/1.1 200 OK\r\nA:b\r\nC:  d e \t\r\nEmpty:\r\nTime: 10:20:30\r\nLong: one\r\n two\r\n\tthree\r\n"
        + "Content-Length: 0\r\n\r\n")
    #expect(response.headers["a"] == "b")
    #expect(response.headers["c"] == "d e")
    #expect(response.headers["empty"] == "")
    #expect(response.headers["time"] == "10:20:30")
    #expect(response.headers["long"] == "one two three")
    #expect(response.headers["nothing"] == nil)
  }

  @Test("chunks are put together; trailing fields are not taken for headers")
  func chunked() async throws {
    let response = try await response(
      to:
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nETag: \"late\"\r\n\r\n")
    #expect(response.body == Array("abcde".utf8))
    #expect(response.headers["etag"] == nil)
  }

  @Test("a body without length ends with the connection")
  func untilClose() async throws {
    #expect(try await response(to: "HTTP/1.0 200 OK\r\n\r\nall of it").body == Array("all of it".utf8))
  }

  @Test("bytes that are not UTF-8 do no harm")
  func invalidText() async throws {
    try await withServer { _ in
      [.send(Array("HTTP/1.1 200 OK\r\nX: ".utf8) + [0xFF, 0xC3] + Array("\r\nContent-Length: 0\r\n\r\n".utf8))]
    } _: { server, http in
      let response = try await http.send(HTTPRequest(url: server.url))
      #expect(response.headers["x"] == "\u{FFFD}\u{FFFD}")
    }
  }

  @Test(
    "an answer that is not HTTP is an error",
    arguments: [
      "SSH-2.0-OpenSSH_9.2\r\n", "hello\r\n\r\n", "\0\0\0\0\0\0\0\0", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    ])
  func garbage(text: String) async {
    let error = await transportError { _ = try await response(to: text) }
    #expect(error?.kind == .invalidResponse)
  }

  @Test("a longer body than allowed is refused, announced or not")
  func tooLarge() async throws {
    for script: [LoopbackServer.Step] in [
      [.send(LoopbackServer.Step.head(200, [("Content-Length", "1001")])), .stall],
      [.text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n"), .send(pattern(1001)), .stall],
    ] {
      try await withServer { _ in
        script
      } _: { server, http in
        var request = HTTPRequest(url: server.url)
        request.maximumResponseBytes = 1000
        let error = await transportError { _ = try await http.send(request) }
        #expect(error?.kind == .responseTooLarge)
        #expect(error?.isRetryable == false)
      }
    }
  }

  @Test("a body of just the allowed size is fine")
  func justRight() async throws {
    try await withServer { _ in
      [.respond(200, [], pattern(1000))]
    } _: { server, http in
      var request = HTTPRequest(url: server.url)
      request.maximumResponseBytes = 1000
      let response = try await http.send(request)
      #expect(response.body == pattern(1000))
    }
  }

  @Test("endless header fields are cut off")
  func headersTooLarge() async throws {
    var configuration = CurlTransport.Configuration()
    configuration.maximumHeaderBytes = 4096
    let lines = String(repeating: "X-Filler: 0123456789012345678901234567890123456789\r\n", count: 100)
    try await withServer(configuration: configuration) { _ in
      [.text("HTTP/1.1 200 OK\r\n" + lines), .stall]
    } _: {
      server, http in
      let error = await transportError { _ = try await http.send(HTTPRequest(url: server.url)) }
      #expect(error?.kind == .headersTooLarge)
    }
  }
}
