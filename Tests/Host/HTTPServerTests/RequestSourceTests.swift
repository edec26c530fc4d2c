import Core
import HTTPServer
import HTTPTypes
import Testing

/// What is known of a caller, directly and behind proxies.
@Suite("The source of a request")
struct RequestSourceTests {
  private func source(
    peer: String = "127.0.0.1", host: String = "127.0.0.1:4567", trusted: [String] = [],
    _ fields: [String: String] = [:]
  ) throws -> RequestSource {
    var request = HTTPRequest(method: .get, scheme: "http", authority: host, path: "/")
    for (name, value) in fields { request.headerFields[try #require(HTTPField.Name(name))] = value }
    return RequestSource(request, peer: peer, trusted: try TrustedProxies(trusted))
  }

  @Test("a direct request of this machine is local, under its own names only")
  func direct() throws {
    #expect(try source().isLocal)
    #expect(try source(host: "localhost:1").isLocal)
    #expect(try !source(host: "evil.example:4567").isLocal)
    #expect(try !source(peer: "192.0.2.1").isLocal)
  }

  @Test(
    "what a proxy passed on is not local, whatever its fields say",
    arguments: [
      ["x-forwarded-for": "127.0.0.1"], ["forwarded": "for=127.0.0.1"], ["x-real-ip": "127.0.0.1"],
      ["via": "1.1 caddy"],
      ["x-forwarded-proto": "https"], ["x-forwarded-host": "localhost"],
    ])
  func passedOn(fields: [String: String]) throws {
    let source = try source(fields)
    #expect(source.isPassedOn && !source.isLocal)
    #expect(source.address.isEmpty)
  }

  @Test("a trusted proxy's word is taken: the last address that is no proxy, scheme and host")
  func trusted() throws {
    let one = try source(
      trusted: ["127.0.0.1"],
      [
        "x-forwarded-for": "6.6.6.6, 198.51.100.7", "x-forwarded-proto": "https", "x-forwarded-host": "videos.example",
      ])
    #expect(one.address == "198.51.100.7" && one.scheme == "https" && one.authority == "videos.example")
    #expect(!one.isPassedOn && !one.isLocal)
    #expect(one.isOwn(origin: "https://videos.example"))
    #expect(!one.isOwn(origin: "http://videos.example"))
    let chain = try source(
      peer: "10.1.2.3", trusted: ["10.0.0.0/8"], ["x-forwarded-for": "6.6.6.6, 198.51.100.7, 10.9.9.9"])
    #expect(chain.address == "198.51.100.7")
    let standard = try source(
      peer: "::1", trusted: ["::1/128"],
      ["forwarded": #"for=6.6.6.6, for="[2001:db8::1]:4711";proto=https;host="videos.example:8443""#])
    #expect(standard.address == "2001:db8::1" && standard.scheme == "https")
    #expect(standard.authority == "videos.example:8443")
  }

  @Test("a peer outside the networks is not believed", arguments: ["10.0.0.0/8", "2001:db8::/32", "192.0.2.0/25"])
  func networks(network: String) throws {
    let fields = ["x-forwarded-for": "127.0.0.1"]
    #expect(try source(peer: "192.0.2.200", trusted: [network], fields).isPassedOn)
  }

  @Test("networks are taken by their bits")
  func bits() throws {
    let proxies = try TrustedProxies(["192.0.2.128/25", "2001:db8::/33"])
    #expect(proxies.contains("192.0.2.200") && !proxies.contains("192.0.2.127"))
    #expect(proxies.contains("::ffff:192.0.2.200"))
    #expect(proxies.contains("2001:db8:7fff::1") && !proxies.contains("2001:db8:8000::1"))
    #expect(!proxies.contains("") && !proxies.contains("proxy"))
  }

  @Test(
    "what is no address or network is named",
    arguments: ["proxy", "10.0.0.0/33", "10.0.0/8", "::1/129", "", "1.2.3.4/"])
  func malformed(text: String) {
    #expect(throws: ConfigurationError.self) { try TrustedProxies([text]) }
  }

  @Test("the origin of a page behind a proxy that ends TLS, known or not")
  func origins() throws {
    let direct = try source(host: "videos.example")
    #expect(direct.isOwn(origin: "http://videos.example") && direct.isOwn(origin: "https://videos.example"))
    for origin in ["https://videos.example.evil", "https://evil.example", "null", "", "file://videos.example"] {
      #expect(!direct.isOwn(origin: origin))
    }
  }
}
