import HTTPTransport
import LoopbackServer
import Testing

@Suite("Failures and how they are classified")
struct FailureTests {
  @Test("nothing listens: refused, worth another try, nothing was sent")
  func refused() async throws {
    let server = try LoopbackServer { _ in [] }
    let url = server.url
    server.stop()
    let http = CurlTransport()
    defer { http.shutdown() }
    // A stopped listener keeps its port until it is released, so no other process can take it.
    let error = await transportError { _ = try await http.send(HTTPRequest(url: url + "/a?X-Amz-Signature=secret")) }
    #expect(error?.kind == .connectionRefused)
    #expect(error?.isRetryable == true)
    #expect(error?.wasSent == false)
    #expect(error?.message.contains("GET \(url)/a") == true)
    #expect(error?.message.contains("secret") == false)
    withExtendedLifetime(server) {}
  }

  @Test("a name that does not exist")
  func unknownHost() async {
    let http = CurlTransport()
    defer { http.shutdown() }
    let error = await transportError { _ = try await http.send(HTTPRequest(url: "http://nowhere.invalid/")) }
    #expect(error?.kind == .hostNotFound)
    #expect(error?.isRetryable == true)
  }

  @Test(
    "a connection that breaks off is worth another try, wherever it breaks",
    arguments: [
      [.close], [.reset], [.text("HTTP/1.1 200"), .reset], [.text("HTTP/1.1 200 OK\r\nContent-Le"), .close],
      [.text("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"), .close],
      [.text("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"), .reset],
      [.text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123"), .close],
    ] as [[LoopbackServer.Step]])
  func brokenOff(script: [LoopbackServer.Step]) async throws {
    try await withServer { _ in
      script
    } _: { server, http in
      let error = await transportError { _ = try await http.send(HTTPRequest(url: server.url)) }
      #expect(error?.kind == .connectionReset || error?.kind == .invalidResponse, "\(String(describing: error))")
      #expect(error?.isRetryable == true)
      #expect(error?.wasSent == true)
    }
  }

  @Test("a server that never answers stalls")
  func stallBeforeHead() async throws {
    try await withServer { _ in
      [.stall]
    } _: { server, http in
      var request = HTTPRequest(url: server.url)
      request.stallTimeout = .milliseconds(100)
      let error = await transportError { _ = try await http.send(request) }
      #expect(error?.kind == .timedOut)
      #expect(error?.isRetryable == true)
      #expect(error?.message.contains("no byte moved for 0.1 s") == true)
      server.waitForClientToLeave()
    }
  }

  @Test("a server that stops in the middle stalls")
  func stallInBody() async throws {
    try await withServer { _ in
      [.text("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"), .stall]
    } _: {
      server, http in
      var request = HTTPRequest(url: server.url)
      request.stallTimeout = .milliseconds(100)
      #expect(await transportError { _ = try await http.send(request) }?.kind == .timedOut)
    }
  }

  @Test("the total time bounds a server that never stops")
  func totalTimeout() async throws {
    try await withServer { _ in
      [.text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]
        + Array(repeating: .text("1\r\nx\r\n"), count: 10)
        + [.stall]
    } _: { server, http in
      var request = HTTPRequest(url: server.url)
      request.stallTimeout = .zero
      request.totalTimeout = .milliseconds(200)
      let error = await transportError { _ = try await http.send(request) }
      #expect(error?.kind == .timedOut)
      #expect(error?.message.contains("not complete after 0.2 s") == true)
    }
  }

  @Test("a request that only waits for its turn is bounded as well")
  func totalTimeoutWhileWaiting() async throws {
    var configuration = CurlTransport.Configuration()
    configuration.maximumConnectionsPerHost = 1
    try await withServer(configuration: configuration) { _ in
      [.stall]
    } _: { server, http in
      let stream = try http.open(HTTPRequest(url: server.url), bufferLimit: 0)
      var request = HTTPRequest(url: server.url)
      request.totalTimeout = .milliseconds(100)
      let error = await transportError { _ = try await http.send(request) }
      #expect(error?.kind == .timedOut)
      #expect(error?.wasSent == false)
      stream.cancel()
    }
  }

  @Test("a TLS handshake without an answer counts as connecting")
  func connectTimeout() async throws {
    try await withServer { _ in
      [.stall]
    } _: { server, http in
      var request = HTTPRequest(url: "https://127.0.0.1:\(server.port)/")
      request.connectTimeout = .milliseconds(200)
      let error = await transportError { _ = try await http.send(request) }
      #expect(error?.kind == .timedOut)
      #expect(error?.wasSent == false)
    }
  }

  @Test("endless time-outs do not overflow")
  func endlessTimeouts() async throws {
    try await withServer { _ in
      [.respond(200)]
    } _: { server, http in
      var request = HTTPRequest(url: server.url)
      request.connectTimeout = .seconds(Int64.max)
      request.stallTimeout = .seconds(Int64.max)
      request.totalTimeout = .seconds(Int64.max)
      try await expectStatus(200, from: http, request)
    }
  }

  @Test("what a retry cannot mend says so, the rest says the opposite")
  func retryable() {
    let hopeless: Set<TransportError.Kind> = [
      .badRequest, .tlsVerificationFailed, .responseTooLarge, .headersTooLarge, .cancelled, .shutDown,
    ]
    for kind in TransportError.Kind.allCases {
      #expect(TransportError(kind, "").isRetryable == !hopeless.contains(kind), "\(kind)")
    }
  }
}

@Suite("Kept-alive connections that the server has closed")
struct StaleConnectionTests {
  /// Answers the first request, then drops the connection when the second one comes over it.
  private let script: @Sendable (ReceivedRequest) -> [LoopbackServer.Step] = { request in
    request.index == 2 ? [.close] : [.respond(200)]
  }

  @Test("the request is sent again where that is allowed")
  func resent() async throws {
    try await withServer(script) { server, http in
      try await expectStatus(200, from: http, HTTPRequest(url: server.url))
      let request = HTTPRequest(method: "PUT", url: server.url, body: pattern(100_000))
      try await expectStatus(200, from: http, request)
      #expect(server.requests.map(\.body.count) == [0, 100_000, 100_000])
      #expect(server.requests.last?.body == pattern(100_000))
      #expect(server.accepted == 2)
    }
  }

  @Test("the request fails where the caller must know how often it was sent")
  func notResent() async throws {
    try await withServer(script) { server, http in
      try await expectStatus(200, from: http, HTTPRequest(url: server.url))
      var request = HTTPRequest(method: "PUT", url: server.url, body: [1])
      request.mayResend = false
      let error = await transportError { _ = try await http.send(request) }
      #expect(error?.kind == .connectionReset)
      #expect(error?.isRetryable == true)
      #expect(error?.wasSent == true)
      #expect(server.requests.count == 2)
      try await expectStatus(200, from: http, request)
    }
  }
}
