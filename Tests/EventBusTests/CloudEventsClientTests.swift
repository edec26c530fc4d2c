import EventBus
import FoundationEssentials
import HTTPTransport
import LoopbackServer
import Core
import Synchronization
import Testing

@Suite struct CloudEventsClientTests {
  private static func entry(_ number: Int) -> PutEventsEntry {
    PutEventsEntry(
      source: "custom.gifGenerator", detailType: "new \"ü\" 5%", detail: .object(["n": .integer(Int64(number))]))
  }

  private func publish(
    _ count: Int, key: String? = nil, extensions: [String: String] = [:],
    _ script: @escaping @Sendable (ReceivedRequest) -> [LoopbackServer.Step]
  ) async throws -> [ReceivedRequest] {
    let server = try LoopbackServer(script)
    defer { server.stop() }
    let http = CurlTransport()
    defer { http.shutdown() }
    let client = CloudEventsClient(
      configuration: CloudEventsConfiguration(
        sink: server.url + "/default/broker", extensions: extensions,
        retry: RetryPolicy(maximumAttempts: 3, baseDelay: .milliseconds(1))),
      http: http, clock: .fixed(Date(iso8601: "2026-11-21T14:20:00Z")!))
    try await client.publish((0..<count).map(Self.entry), idempotencyKey: key)
    return server.requests
  }

  @Test("an event travels in binary mode, with its attributes encoded")
  func binary() async throws {
    let requests = try await publish(1, extensions: ["tenant": "a b"]) { _ in [.respond(202)] }
    let request = try #require(requests.first)
    #expect((request.method, request.path) == ("POST", "/default/broker"))
    for (name, value) in [
      ("content-type", "application/json"), ("ce-specversion", "1.0"), ("ce-source", "custom.gifGenerator"),
      ("ce-type", "new%20%22%C3%BC%22%205%25"), ("ce-time", "2026-11-21T14:20:00.000Z"), ("ce-tenant", "a%20b"),
    ] { #expect(request.header(name) == value) }
    #expect(String(decoding: request.body, as: UTF8.self) == #"{"n":0}"#)
  }

  @Test("every event is sent, each under an id that a repetition has too")
  func ids() async throws {
    let first = try await publish(9, key: "job/clips") { _ in [.respond(200)] }
    let second = try await publish(9, key: "job/clips") { _ in [.respond(200)] }
    let ids = Set(first.map { $0.header("ce-id") })
    #expect(ids.count == 9 && ids == Set(second.map { $0.header("ce-id") }))
    let others = Set(try await publish(9) { _ in [.respond(200)] }.map { $0.header("ce-id") })
    #expect(others.count == 9 && others.isDisjoint(with: ids))
  }

  @Test("a sink that is busy is asked again, one that refuses is not")
  func retries() async throws {
    let count = Atomic(0)
    let requests = try await publish(1) { _ in
      [.respond(count.wrappingAdd(1, ordering: .relaxed).newValue < 3 ? 503 : 202)]
    }
    #expect(requests.count == 3)
    #expect(Set(requests.map { $0.header("ce-id") }).count == 1)
    let error = await #expect(throws: ServiceError.self) { _ = try await publish(1) { _ in [.respond(400)] } }
    #expect(error?.message.contains("status 400") == true && error?.isRetryable == false)
  }

  @Test("the environment says where to")
  func environment() throws {
    func configuration(_ variables: [String: String]) throws -> CloudEventsConfiguration? {
      var environment = EnvironmentReader(variables)
      let configuration = CloudEventsConfiguration(environment: &environment)
      try environment.validate()
      return configuration
    }
    #expect(try configuration([:]) == nil)
    let found = try configuration(["K_SINK": "http://b/x", "K_CE_OVERRIDES": #"{"extensions": {"a1": "b"}}"#])
    #expect(found?.sink == "http://b/x" && found?.extensions == ["a1": "b"])
    for (name, value) in [
      ("K_SINK", "broker"), ("K_CE_OVERRIDES", "no"), ("K_CE_OVERRIDES", #"{"extensions": {"A": "b"}}"#),
      ("K_CE_OVERRIDES", #"{"extensions": {"a": 1}}"#),
    ] {
      let variables = ["K_SINK": "http://b/x"].merging([name: value]) { _, new in new }
      let error = #expect(throws: ConfigurationError.self) { try configuration(variables) }
      #expect(error?.message.contains(name) == true)
    }
  }
}
