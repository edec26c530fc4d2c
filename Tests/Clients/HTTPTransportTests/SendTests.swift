import HTTPTransport
import LoopbackServer
import Testing

@Suite("Requests and what of them goes over the wire")
struct SendTests {
  @Test("a response has its status, its headers whatever their case, and its body")
  func response() async throws {
    try await withServer { _ in
      [.respond(418, [("X-Tea", "green"), ("x-tea", "black")], text: "short and stout")]
    } _: {
      server, http in
      let response = try await http.send(HTTPRequest(url: server.url + "/pot"))
      #expect(response.status == 418)
      #expect(response.headers["x-TEA"] == "green")
      #expect(response.headers.all("X-Tea") == ["green", "black"])
      #expect(response.body == Array("short and stout".utf8))
    }
  }

  @Test("requests one after the other share one connection")
  func keepAlive() async throws {
    try await withServer { _ in
      [.respond(200, text: "ok")]
    } _: { server, http in
      for _ in 0..<10 { try await expectStatus(200, from: http, HTTPRequest(url: server.url)) }
      #expect(server.requests.count == 10)
      #expect(server.accepted == 1)
    }
  }

  @Test("a connection whose response ended early is not used again")
  func closedConnection() async throws {
    try await withServer { _ in
      [.respond(200, [("Connection", "close")], text: "ok"), .close]
    } _: { server, http in
      for _ in 0..<3 { try await expectStatus(200, from: http, HTTPRequest(url: server.url)) }
      #expect(server.accepted == 3)
    }
  }

  @Test("many requests at once are all answered over no more connections than allowed")
  func connectionLimit() async throws {
    var configuration = CurlTransport.Configuration()
    configuration.maximumConnectionsPerHost = 3
    try await withServer(configuration: configuration) { request in
      [.respond(200, text: request.target)]
    } _: { server, http in
      let url = server.url
      let answers = try await withThrowingTaskGroup(of: String.self) { group in
        for number in 0..<50 {
          group.addTask {
            String(decoding: try await http.send(HTTPRequest(url: "\(url)/\(number)")).body, as: UTF8.self)
          }
        }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(answers == Set((0..<50).map { "/\($0)" }))
      #expect((1...3).contains(server.accepted))
    }
  }

  @Test("path and query arrive byte for byte, dots included")
  func target() async throws {
    try await withServer { _ in
      [.respond(200)]
    } _: { server, http in
      let target = "/b/../%2e%2E/./a//%2F/c%20d+e/%C3%A9%25?x=%2B&y&z=a+b&prefix=../"
      _ = try await http.send(HTTPRequest(url: server.url + target))
      #expect(server.requests.map(\.target) == [target])
    }
  }

  @Test(
    "bodies of every size arrive whole, at once and without asking",
    arguments: [0, 1, 32 << 10, (32 << 10) + 1, 3 << 20])
  func bodies(size: Int) async throws {
    try await withServer { _ in
      [.respond(204)]
    } _: { server, http in
      for method in ["POST", "PUT"] {
        var request = HTTPRequest(method: method, url: server.url + "/b", body: pattern(size))
        request.headers.add("X-Empty", "")
        try await expectStatus(204, from: http, request)
      }
      for received in server.requests {
        #expect(received.body == pattern(size))
        #expect(received.header("content-length") == "\(size)")
        #expect(received.header("expect") == nil)
        #expect(received.header("content-type") == nil)
        #expect(received.header("transfer-encoding") == nil)
        #expect(received.header("x-empty") == "")
      }
      #expect(server.requests.map(\.method) == ["POST", "PUT"])
    }
  }

  @Test("methods without a body announce none", arguments: ["GET", "DELETE", "OPTIONS"])
  func bodiless(method: String) async throws {
    try await withServer { _ in
      [.respond(200)]
    } _: { server, http in
      _ = try await http.send(HTTPRequest(method: method, url: server.url))
      #expect(server.requests.first?.method == method)
      #expect(server.requests.first?.header("content-length") == nil)
    }
  }

  @Test("HEAD takes the announced length as a fact, not as a body to wait for")
  func head() async throws {
    try await withServer { _ in
      [.send(LoopbackServer.Step.head(200, [("Content-Length", "9000000000")]))]
    } _: {
      server, http in
      for _ in 0..<2 {
        let response = try await http.send(HTTPRequest(method: "HEAD", url: server.url))
        #expect(response.headers["content-length"] == "9000000000")
        #expect(response.body.isEmpty)
      }
      #expect(server.accepted == 1)
    }
  }

  @Test("headers given replace those libcurl would write")
  func headers() async throws {
    try await withServer { _ in
      [.respond(200)]
    } _: { server, http in
      var request = HTTPRequest(method: "PUT", url: server.url, body: [1])
      request.headers = HTTPHeaders([("Host", "bucket.example"), ("Content-Type", "image/gif"), ("X-Ümlaut", "no")])
      #expect(await transportError { _ = try await http.send(request) }?.kind == .badRequest)
      request.headers = HTTPHeaders([("Host", "bucket.example"), ("Content-Type", "image/gif")])
      _ = try await http.send(request)
      #expect(server.requests.first?.header("host") == "bucket.example")
      #expect(server.requests.first?.header("content-type") == "image/gif")
      #expect(server.requests.first?.headers.filter { $0.name.lowercased() == "host" }.count == 1)
    }
  }

  @Test("a redirect is a response like any other")
  func redirect() async throws {
    try await withServer { _ in
      [.respond(307, [("Location", "/elsewhere")])]
    } _: { server, http in
      try await expectStatus(307, from: http, HTTPRequest(url: server.url))
      #expect(server.requests.count == 1)
    }
  }

  @Test(
    "what could be read as something else is refused before it is sent",
    arguments: [
      HTTPRequest(url: "file:///etc/passwd"), HTTPRequest(url: "ftp://127.0.0.1/"), HTTPRequest(url: "127.0.0.1"),
      HTTPRequest(url: "http://"), HTTPRequest(url: "http://127.0.0.1/a b"),
      HTTPRequest(url: "http://127.0.0.1/\u{e9}"),
      HTTPRequest(method: "GET / HTTP/1.1\r\nX: y", url: "http://127.0.0.1/"), HTTPRequest(method: "", url: "http://a"),
      HTTPRequest(url: "http://127.0.0.1/", headers: HTTPHeaders([("X", "a\r\nY: b")])),
      HTTPRequest(url: "http://127.0.0.1/", headers: HTTPHeaders([("X: a\r\nY", "b")])),
      HTTPRequest(url: "http://127.0.0.1/", headers: HTTPHeaders([("X", "a\0b")])),
    ])
  func refused(request: HTTPRequest) async {
    let http = CurlTransport()
    defer { http.shutdown() }
    let error = await transportError { _ = try await http.send(request) }
    #expect(error?.kind == .badRequest)
    #expect(error?.isRetryable == false)
    #expect(await transportError { _ = try http.open(request, bufferLimit: 0) }?.kind == .badRequest)
  }
}
