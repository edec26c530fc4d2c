import AWSCredentials
import EventBus
import FoundationEssentials
import HTTPTransport
import LoopbackServer
import Core
import SigV4
import Synchronization
import Testing

@Suite("EventBridge client")
struct EventBridgeClientTests {
  private static let credentials = Credentials(
    accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token")
  private static let now = Date(timeIntervalSince1970: 1_795_270_800)

  /// A bus that answers each request by a script.
  private final class Bus: Sendable {
    typealias Answer = @Sendable (_ number: Int, _ entries: [PutEventsRequest.Entry]) -> [LoopbackServer.Step]

    let server: LoopbackServer
    private let http = CurlTransport()

    init(_ answer: @escaping Answer = { Bus.accept($1) }) throws {
      server = try LoopbackServer { request in
        let entries = (try? JSON.decode(PutEventsRequest.self, from: request.body))?.entries ?? []
        return answer(request.index, entries)
      }
    }

    deinit { http.shutdown() }

    static func accept(_ entries: [PutEventsRequest.Entry]) -> [LoopbackServer.Step] {
      respond(entries.map { .init(eventID: $0.detail ?? "") })
    }

    static func respond(_ results: [PutEventsResponse.Entry]) -> [LoopbackServer.Step] {
      [.respond(200, [], (try? JSON.encode(PutEventsResponse(entries: results))) ?? [])]
    }

    func publish(_ entries: [PutEventsEntry], key: String? = nil, attempts: Int = 4, concurrency: Int = 4) async throws
    {
      let client = EventBridgeClient(
        configuration: EventBridgeConfiguration(
          endpoint: server.url, credentials: credentials,
          retry: RetryPolicy(maximumAttempts: attempts, baseDelay: .milliseconds(1)), concurrency: concurrency),
        http: http, clock: .fixed(now))
      try await client.publish(entries, idempotencyKey: key)
    }

    /// The starts of the entries of every request.
    var received: [[Int]] {
      server.requests.map { request in
        let entries = (try? JSON.decode(PutEventsRequest.self, from: request.body))?.entries ?? []
        return entries.compactMap { try? $0.validated().detail["start"]?.intValue }
      }
    }

    var keys: [String?] { server.requests.map { $0.header(EventBridgeClient.idempotencyHeader) } }
  }

  private func entries(_ range: Range<Int>) -> [PutEventsEntry] {
    range.map { PutEventsEntry(source: "custom.s", detailType: "t", detail: .object(["start": .integer(Int64($0))])) }
  }

  @Test("the request is AWS JSON 1.1 with a valid signature over every header")
  func request() async throws {
    let bus = try Bus()
    try await bus.publish(entries(0..<1), key: "videos/day 1\r\n\u{e9}")
    let request = try #require(bus.server.requests.first)
    #expect(request.method == "POST" && request.target == "/")
    #expect(request.header("x-amz-target") == "AWSEvents.PutEvents")
    #expect(request.header("content-type") == "application/x-amz-json-1.1")
    #expect(request.header(EventBridgeClient.idempotencyHeader) == "videos/day%201%0D%0A%C3%A9/0")
    let verified = try SigV4Verifier { $0 == "AKIDEXAMPLE" ? Self.credentials : nil }.verify(
      SignableRequest(method: "POST", path: "/", headers: request.headers), body: .of(request.body), at: Self.now)
    #expect(verified.service == "events" && verified.region == "us-east-1")
    #expect(verified.signedHeaders.isSuperset(of: ["host", "x-amz-target", "x-amz-security-token", "x-amz-date"]))
  }

  @Test("a long idempotency key stays short enough for a header, and one of its own")
  func longKey() async throws {
    let bus = try Bus()
    let name = String(repeating: "\u{e9}", count: 500)
    for key in [name + "1", name + "2", name + "1"] { try await bus.publish(entries(0..<1), key: key) }
    let keys = bus.keys.compactMap(\.self)
    #expect(keys.count == 3 && keys[0] == keys[2] && keys[0] != keys[1])
    #expect(keys.allSatisfy { $0.utf8.count <= 600 && $0.hasSuffix("/0") })
  }

  @Test("entries travel in batches of ten")
  func batches() async throws {
    let bus = try Bus()
    try await bus.publish(entries(0..<25), key: "k", concurrency: 1)
    #expect(bus.received == [Array(0..<10), Array(10..<20), Array(20..<25)])
    #expect(bus.keys == ["k/0", "k/1", "k/2"])
    try await bus.publish(entries(0..<37))
    #expect(bus.received.dropFirst(3).flatMap(\.self).sorted() == Array(0..<37))
    #expect(bus.keys.dropFirst(3).allSatisfy { $0 == nil })
  }

  @Test("batches hold at most 256 KiB")
  func batchBytes() async throws {
    let bus = try Bus()
    let large = (0..<5).map { _ in
      PutEventsEntry(
        source: "s", detailType: "t", detail: .object(["pad": .string(String(repeating: "x", count: 100_000))]))
    }
    try await bus.publish(large, concurrency: 1)
    #expect(bus.received.count == 3)
    let sizes = try bus.server.requests.map {
      try JSON.decode(PutEventsRequest.self, from: $0.body).entries.map(\.size)
    }
    #expect(sizes.map(\.count) == [2, 2, 1])
    #expect(sizes.allSatisfy { $0.reduce(0, +) <= 256 << 10 })
  }

  @Test("nothing to publish is no request")
  func nothing() async throws {
    let bus = try Bus()
    try await bus.publish([])
    #expect(bus.server.requests.isEmpty)
  }

  @Test("a whole request is tried again on server errors, throttling and broken connections, with the same key")
  func retries() async throws {
    let bus = try Bus { number, entries in
      switch number {
      case 1: [.respond(500, [], text: "oops")]
      case 2: [.respond(400, [], ServiceError(code: "ThrottlingException", message: "slow").body())]
      case 3: [.text("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}"), .close]
      default: Bus.accept(entries)
      }
    }
    try await bus.publish(entries(0..<2), key: "k")
    #expect(bus.received == Array(repeating: [0, 1], count: 4))
    #expect(bus.keys == Array(repeating: "k/0", count: 4))
  }

  @Test("of a partly failed batch only the failed entries are sent again, under a key of their own")
  func partialFailure() async throws {
    let bus = try Bus { number, entries in
      switch number {
      case 1:
        Bus.respond(
          entries.enumerated().map { index, _ in
            index % 2 == 0 ? .init(eventID: "e") : .init(EntryRefusal(code: "ThrottlingException", message: "slow"))
          })
      case 2:
        Bus.respond(
          [.init(EntryRefusal(code: "InternalFailure", message: "x"))]
            + entries.dropFirst().map { _ in .init(eventID: "e") })
      default: Bus.accept(entries)
      }
    }
    try await bus.publish(entries(0..<6), key: "k")
    #expect(bus.received == [[0, 1, 2, 3, 4, 5], [1, 3, 5], [1]])
    #expect(bus.keys == ["k/0", "k/0/1", "k/0/2"])
  }

  @Test("retries end, with the last error")
  func exhausted() async throws {
    let bus = try Bus { _, entries in
      Bus.respond(entries.map { _ in .init(EntryRefusal(code: "InternalFailure", message: "down")) })
    }
    await #expect {
      try await bus.publish(entries(0..<1), attempts: 3)
    } throws: {
      ($0 as? PublishError)?.isRetryable == true && "\($0)".contains("down")
    }
    #expect(bus.server.requests.count == 3)
    let broken = try Bus { _, _ in [.respond(503)] }
    await #expect {
      try await broken.publish(entries(0..<1), attempts: 2)
    } throws: {
      ($0 as? ServiceError)?.httpStatus == 503
    }
    #expect(broken.server.requests.count == 2)
  }

  @Test("what no retry can mend is thrown at once, and names the entry")
  func refused() async throws {
    let bus = try Bus { _, entries in
      Bus.respond(
        entries.dropLast().map { _ in .init(eventID: "e") }
          + [.init(EntryRefusal(code: "NotAuthorizedForDetailTypeException", message: "no"))])
    }
    await #expect {
      try await bus.publish(entries(0..<3))
    } throws: {
      guard let error = $0 as? PublishError else { return false }
      return error.code == "NotAuthorizedForDetailTypeException" && !error.isRetryable
        && error.message.contains("entry 2 (source 'custom.s', detail type 't')")
    }
    #expect(bus.server.requests.count == 1)
    let denied = try Bus { _, _ in
      [.respond(400, [], ServiceError(code: "AccessDeniedException", message: "not you").body())]
    }
    await #expect {
      try await denied.publish(entries(0..<1))
    } throws: {
      ($0 as? ServiceError)?.code == "AccessDeniedException"
    }
    #expect(denied.server.requests.count == 1)
  }

  @Test("entries that no bus accepts are found before the first request")
  func invalidEntries() async throws {
    let bus = try Bus()
    let bad = [
      PutEventsEntry(source: "", detailType: "t", detail: .object([:])),
      PutEventsEntry(source: "aws.s3", detailType: "t", detail: .object([:])),
      PutEventsEntry(source: "s", detailType: "t", detail: .string("x")),
      PutEventsEntry(source: "s", detailType: "t", detail: .object(["x": .number(.nan)])),
      PutEventsEntry(
        source: "s", detailType: "t", detail: .object(["x": .string(String(repeating: "x", count: 256 << 10))])),
    ]
    for entry in bad {
      await #expect {
        try await bus.publish(entries(0..<1) + [entry])
      } throws: {
        ($0 as? PublishError)?.message.contains("entry 1 ") == true
      }
    }
    #expect(bus.server.requests.isEmpty)
  }

  @Test(
    "answers that are not PutEvents' are errors",
    arguments: ["", "{}", "[]", #"{"FailedEntryCount": 0, "Entries": []}"#])
  func nonsense(body: String) async throws {
    let bus = try Bus { _, _ in [.respond(200, [], text: body)] }
    await #expect {
      try await bus.publish(entries(0..<1), attempts: 2)
    } throws: {
      ($0 as? ServiceError)?.code == "InvalidResponse"
    }
  }

  @Test("the environment says where and who")
  func environment() async throws {
    let base = ["AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s"]
    func configuration(_ more: [String: String]) throws -> EventBridgeConfiguration {
      var reader = EnvironmentReader(base.merging(more) { _, new in new })
      let configuration = EventBridgeConfiguration(environment: &reader)
      try reader.validate()
      return configuration
    }
    #expect(try configuration([:]).endpoint == nil)
    #expect(try configuration([:]).region == "us-east-1")
    #expect(try configuration(["AWS_DEFAULT_REGION": "b"]).region == "b")
    #expect(try configuration(["AWS_REGION": "a", "AWS_DEFAULT_REGION": "b"]).region == "a")
    let generic = ["AWS_ENDPOINT_URL": "http://127.0.0.1:4566/"]
    #expect(try configuration(generic).endpoint == "http://127.0.0.1:4566/")
    #expect(
      try configuration(generic.merging(["AWS_ENDPOINT_URL_EVENTBRIDGE": "https://bus"]) { _, new in new }).endpoint
        == "https://bus")
    let credentials = try await configuration(["AWS_SESSION_TOKEN": "t"]).credentials.credentials(at: Self.now)
    #expect(credentials.sessionToken == "t")
    for wrong in ["127.0.0.1:4566", "http://", "http://host/path", "ftp://host"] {
      #expect {
        try configuration(["AWS_ENDPOINT_URL": wrong])
      } throws: {
        "\($0)".contains("AWS_ENDPOINT_URL")
      }
    }
    var reader = EnvironmentReader([:])
    _ = EventBridgeConfiguration(environment: &reader)
    #expect(throws: ConfigurationError.self) { try reader.validate() }
  }
}
