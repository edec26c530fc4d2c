import Core
import LoopbackServer
import RemoteFetch
import Synchronization
import Testing

@Suite("The guarded fetch")
struct FetcherTests {
  @Test("goes to the address that was checked, with the name that was asked for")
  func pinned() async throws {
    let server = try LoopbackServer { request in [.respond(200, text: "host \(request.header("host") ?? "")")] }
    defer { server.stop() }
    let fetching = Fetching()
    let port = server.port
    let text = try await fetching.run { fetcher, budget in
      String(
        decoding: try fetcher.body(of: RemoteURL("http://a.test:\(port)/x"), limit: 100, budget: budget).bytes,
        as: UTF8.self)
    }
    #expect(text == "host a.test:\(port)")
    #expect(fetching.resolver.asked.withLock { $0 } == ["a.test"])
  }

  @Test(
    "a name with a private, local or special address is refused, even as one of several",
    arguments: [
      ["10.1.2.3"], ["169.254.169.254"], ["::1"], ["fd00:ec2::254"], ["::ffff:127.0.0.2"], ["64:ff9b::7f00:1"],
      ["8.8.8.8", "192.168.0.1"], ["0.0.0.0"], ["127.0.0.2"],
    ])
  func refusedAddress(addresses: [String]) async throws {
    let fetching = Fetching(names: ["a.test": [addresses]])
    let kind = await fetching.kind { fetcher, budget in
      _ = try fetcher.open(RemoteURL("http://a.test/"), budget: budget)
    }
    #expect(kind == .addressRefused)
  }

  @Test("the refusal of an address names the setting that would allow it")
  func allowing() async throws {
    let url = try RemoteURL("http://a.test/")
    let (address, list) = (RemoteAddress("127.0.0.1")!, HostList("a.test", setting: "HOSTS"))
    let error = #expect(throws: RemoteFetchError.self) { try list.check(address, of: url) }
    #expect(error?.message.contains("unless HOSTS lists it") == true)
    try HostList("a.test,127.0.0.1", setting: "HOSTS").check(address, of: url)
  }

  @Test("a name that moves to a private address between two requests is refused")
  func rebinding() async throws {
    let server = try LoopbackServer { request in
      request.path == "/x" ? [.respond(302, [("Location", "/y")])] : [.respond(200, text: "secret")]
    }
    defer { server.stop() }
    let fetching = Fetching(names: ["a.test": [["127.0.0.1"], ["10.0.0.1"]]])
    let port = server.port
    let kind = await fetching.kind { fetcher, budget in
      _ = try fetcher.open(RemoteURL("http://a.test:\(port)/x"), budget: budget)
    }
    #expect(kind == .addressRefused)
    #expect(server.requests.count == 1)
  }

  @Test(
    "redirects are looked at like the first address",
    arguments: [
      ("http://c.test/", RemoteFetchError.Kind.hostNotAllowed), ("http://[::1]/", .hostNotAllowed),
      ("http://127.0.0.2/", .hostNotAllowed), ("http://169.254.169.254/latest/meta-data/", .hostNotAllowed),
      ("http://2130706433/", .invalidURL), ("http://0x7f.1/", .invalidURL), ("file:///etc/passwd", .invalidURL),
      ("ftp://a.test/", .invalidURL), ("http://user:pass@a.test/", .invalidURL), ("//c.test/x", .hostNotAllowed),
      ("http://localhost/", .hostNotAllowed), ("gopher://a.test/x", .invalidURL),
    ])
  func redirects(location: String, expected: RemoteFetchError.Kind) async throws {
    let server = try LoopbackServer { _ in [.respond(301, [("Location", location)])] }
    defer { server.stop() }
    let port = server.port
    let kind = await Fetching().kind { fetcher, budget in
      _ = try fetcher.open(RemoteURL("http://a.test:\(port)/"), budget: budget)
    }
    #expect(kind == expected)
    #expect(server.requests.count == 1)
  }

  @Test("redirects to another host on the list are followed, endless ones are not")
  func followed() async throws {
    let server = try LoopbackServer { request in
      switch request.path {
      case "/one":
        [.respond(302, [("Location", "http://b.test:\(request.header("host")!.split(separator: ":")[1])/two")])]
      case "/two": [.respond(200, text: "here")]
      default: [.respond(307, [("Location", "/loop")])]
      }
    }
    defer { server.stop() }
    let port = server.port
    let url = try await Fetching().run { fetcher, budget in
      try fetcher.body(of: RemoteURL("http://a.test:\(port)/one"), limit: 10, budget: budget).url
    }
    #expect(url.description == "http://b.test:\(port)/two")
    let kind = await Fetching().kind { fetcher, budget in
      _ = try fetcher.open(RemoteURL("http://a.test:\(port)/loop"), budget: budget)
    }
    #expect(kind == .tooManyRedirects)
  }

  @Test("bytes are limited for all requests together, and what is compressed is not taken")
  func limits() async throws {
    let server = try LoopbackServer { request in
      request.path == "/zip"
        ? [.respond(200, [("Content-Encoding", "gzip")], [1, 2, 3])] : [.respond(200, [], pattern(1000))]
    }
    defer { server.stop() }
    let port = server.port
    let fetching = Fetching(bytes: 1500)
    let first = await fetching.kind { fetcher, budget in
      _ = try fetcher.body(of: RemoteURL("http://a.test:\(port)/"), limit: 5000, budget: budget)
    }
    #expect(first == nil)
    let second = await fetching.kind { fetcher, budget in
      _ = try fetcher.body(of: RemoteURL("http://a.test:\(port)/"), limit: 5000, budget: budget)
    }
    #expect(second == .tooLarge)
    let single = await Fetching().kind { fetcher, budget in
      _ = try fetcher.body(of: RemoteURL("http://a.test:\(port)/"), limit: 999, budget: budget)
    }
    #expect(single == .tooLarge)
    let zipped = await Fetching().kind { fetcher, budget in
      _ = try fetcher.open(RemoteURL("http://a.test:\(port)/zip"), budget: budget)
    }
    #expect(zipped == .sourceFailed)
  }
}

@Suite("A remote source")
struct RemoteSourceTests {
  private static func read(
    _ source: RemoteSource, _ offsets: [Range<Int>]
  ) throws -> [[UInt8]] {
    try offsets.map { range in
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 10_000)
      while bytes.count < range.count {
        let count = try buffer.withUnsafeMutableBytes { target in
          try source.read(
            at: Int64(range.lowerBound + bytes.count),
            into: UnsafeMutableRawBufferPointer(rebasing: target[..<min(target.count, range.count - bytes.count)]))
        }
        if count == 0 { break }
        bytes += buffer[..<count]
      }
      return bytes
    }
  }

  private static func folder() -> String { "/tmp" }

  @Test("an index at the end costs one jump, and each byte is fetched once")
  func jumps() async throws {
    let body = pattern(1_500_000)
    let server = try LoopbackServer { request in ranged(body, request, headers: [("ETag", "\"1\"")]) }
    defer { server.stop() }
    let port = server.port
    let fetching = Fetching()
    let ranges = [0..<100_000, 1_400_000..<1_500_000, 100_000..<1_400_000, 50_000..<60_000]
    let read = try await fetching.run { fetcher, budget in
      let source = try RemoteSource(
        RemoteURL("http://a.test:\(port)/v.mp4"), fetcher: fetcher, budget: budget, folder: Self.folder())
      #expect(source.size == 1_500_000)
      return try Self.read(source, ranges)
    }
    #expect(read == ranges.map { Array(body[$0]) })
    #expect(fetching.budget.bytes == 1_500_000)
    #expect(server.requests.count == 3)
    // Nor is a byte asked for twice: what is left of the first answer is read after the jump.
    let asked = server.requests.compactMap(\.range).map { min($0.upperBound, body.count - 1) + 1 - $0.lowerBound }
    #expect(asked.reduce(0, +) == 1_500_000)
    #expect(server.requests.dropFirst().allSatisfy { $0.header("if-range") == "\"1\"" })
  }

  @Test("a server without ranges sends everything once, with or without a length")
  func withoutRanges() async throws {
    let body = pattern(700_000)
    let server = try LoopbackServer { request in
      request.path == "/length"
        ? [.respond(200, [], body)]
        : [.send(LoopbackServer.Step.head(200, [("Connection", "close")]) + body), .close]
    }
    defer { server.stop() }
    let port = server.port
    for path in ["length", "none"] {
      let fetching = Fetching()
      let ranges = [600_000..<700_000, 0..<600_000, 700_000..<700_010]
      let read = try await fetching.run { fetcher, budget in
        let source = try RemoteSource(
          RemoteURL("http://a.test:\(port)/\(path)"), fetcher: fetcher, budget: budget, folder: Self.folder())
        return try Self.read(source, ranges)
      }
      #expect(read == [Array(body[600_000...]), Array(body[..<600_000]), []])
      #expect(fetching.budget.bytes == 700_000)
    }
  }

  @Test("a transfer that broke off goes on where it ended; a file that changed is refused")
  func mended() async throws {
    let body = pattern(900_000)
    let server = try LoopbackServer { request in
      if request.index == 2 {
        let start = request.range!.lowerBound
        return [
          .send(
            LoopbackServer.Step.head(
              206,
              [
                ("Content-Range", "bytes \(start)-899999/900000"), ("Content-Length", "\(900_000 - start)"),
                ("ETag", "\"1\""),
              ]) + Array(body[start..<start + 100_000])), .close,
        ]
      }
      return request.path == "/changed" && request.index > 5
        ? [.respond(200, [("ETag", "\"2\"")], body)] : ranged(body, request, headers: [("ETag", "\"1\"")])
    }
    defer { server.stop() }
    let port = server.port
    let read = try await Fetching().run { fetcher, budget in
      let source = try RemoteSource(
        RemoteURL("http://a.test:\(port)/v"), fetcher: fetcher, budget: budget, folder: Self.folder())
      return try Self.read(source, [0..<900_000])
    }
    #expect(read == [body])
  }

  @Test("one that breaks off again and again fails, and a budget is kept")
  func broken() async throws {
    let body = pattern(900_000)
    let server = try LoopbackServer { request in
      guard let start = request.range?.lowerBound, start > 0 else {
        return ranged(body, request, headers: [("ETag", "\"1\"")])
      }
      return [
        .send(
          LoopbackServer.Step.head(
            206,
            [
              ("Content-Range", "bytes \(start)-899999/900000"), ("Content-Length", "\(900_000 - start)"),
              ("ETag", "\"1\""),
            ])),
        .close,
      ]
    }
    defer { server.stop() }
    let port = server.port
    let kind = await Fetching().kind { fetcher, budget in
      let source = try RemoteSource(
        RemoteURL("http://a.test:\(port)/v"), fetcher: fetcher, budget: budget, folder: Self.folder())
      _ = try Self.read(source, [0..<900_000])
    }
    #expect(kind == .sourceFailed)
    let large = await Fetching(bytes: 500_000).kind { fetcher, budget in
      _ = try RemoteSource(
        RemoteURL("http://a.test:\(port)/v"), fetcher: fetcher, budget: budget, folder: Self.folder())
    }
    #expect(large == .tooLarge)
  }
}
