import HTTPTransport
import LoopbackServer
import Testing

@Suite("Exchanges")
struct ExchangeTests {
  private func pieces(_ count: Int, of size: Int) -> [[UInt8]] {
    (0..<count).map { number in [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size) }
  }

  @Test("a body written in pieces arrives in chunks, with trailers, through a small buffer")
  func chunked() async throws {
    let server = try LoopbackServer { _ in [.respond(202, text: "taken")] }
    let http = CurlTransport()
    defer { http.shutdown() }
    let exchange = try http.exchange(
      HTTPRequest(method: "POST", url: "\(server.url)/a", headers: HTTPHeaders([("Trailer", "X-End")])), body: .chunked,
      bufferLimit: 32 << 10)
    let pieces = pieces(200, of: 10_007)
    for piece in pieces { try await exchange.write(piece) }
    exchange.finish(trailers: [("X-End", "good")])
    #expect(try await exchange.response().status == 202)
    #expect(try await exchange.collect(upTo: 100) == Array("taken".utf8))
    let request = try #require(server.requests.first)
    #expect(request.body == Array(pieces.joined()))
    #expect(request.trailers.map { "\($0.name)=\($0.value)" } == ["X-End=good"])
    #expect(request.header("content-length") == nil)
  }

  @Test("a body of known length has that length")
  func sized() async throws {
    let server = try LoopbackServer { _ in [.respond(200)] }
    let http = CurlTransport()
    defer { http.shutdown() }
    let exchange = try http.exchange(
      HTTPRequest(method: "PUT", url: "\(server.url)/a"), body: .sized(300_000), bufferLimit: 32 << 10)
    for piece in pieces(3, of: 100_000) { try await exchange.write(piece) }
    exchange.finish()
    #expect(try await exchange.response().status == 200)
    #expect(try await exchange.next() == nil)
    #expect(server.requests.first?.header("content-length") == "300000")
    #expect(server.requests.first?.body.count == 300_000)
    // The connection is used again.
    _ = try await http.send(HTTPRequest(url: "\(server.url)/b"))
    #expect(server.accepted == 1)
  }

  @Test("a response's body is read with back-pressure")
  func response() async throws {
    let gate = Gate()
    let piece = [UInt8](repeating: 7, count: 1 << 20)
    let server = try LoopbackServer { _ in
      [
        .send(Array("HTTP/1.1 200 OK\r\nContent-Length: \(64 << 20)\r\n\r\n".utf8)),
        .sendUntilBlocked(piece, times: 64, then: gate),
      ]
    }
    let http = CurlTransport()
    defer { http.shutdown() }
    let exchange = try http.exchange(HTTPRequest(url: server.url), body: .none, bufferLimit: 64 << 10)
    #expect(try await exchange.response().status == 200)
    await gate.opened()
    #expect(server.blocked == 1)
    var count = 0
    while let bytes = try await exchange.next() { count += bytes.count }
    #expect(count == 64 << 20)
  }

  @Test("cancelling the task ends a read that waits, and the exchange")
  func cancelled() async throws {
    let server = try LoopbackServer { _ in [.send(Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".utf8)), .stall] }
    let http = CurlTransport()
    defer { http.shutdown() }
    let exchange = try http.exchange(HTTPRequest(url: server.url), body: .none, bufferLimit: 64 << 10)
    _ = try await exchange.response()
    let task = Task { try await exchange.next() }
    task.cancel()
    await #expect(throws: TransportError.self) { try await task.value }
    server.waitForClientToLeave()
    await #expect(throws: TransportError.self) { try await exchange.write([1]) }
  }

  @Test("a server that answers before it has read everything ends the writing")
  func early() async throws {
    let server = try LoopbackServer { _ in [.respond(413, text: "too large"), .close] }
    let http = CurlTransport()
    defer { http.shutdown() }
    // The announced length is 0, so the server answers at once.
    let exchange = try http.exchange(
      HTTPRequest(method: "PUT", url: server.url, headers: HTTPHeaders([("Content-Length", "0")])),
      body: .sized(1 << 30),
      bufferLimit: 64 << 10)
    await #expect(throws: TransportError.self) {
      while true { try await exchange.write([UInt8](repeating: 0, count: 1 << 20)) }
    }
  }

  @Test("a broken connection fails the response after what arrived before")
  func broken() async throws {
    let server = try LoopbackServer { _ in
      [.send(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".utf8)), .close]
    }
    let http = CurlTransport()
    defer { http.shutdown() }
    let exchange = try http.exchange(HTTPRequest(url: server.url), body: .none, bufferLimit: 64 << 10)
    #expect(try await exchange.next() == Array("abc".utf8))
    await #expect(throws: TransportError.self) { try await exchange.next() }
  }
}
