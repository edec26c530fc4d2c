import Core
import FoundationEssentials
import FunctionHost
import HTTPTransport
import LoopbackServer
import RemoteFetch
import Synchronization
import Testing
import Webhooks

/// Remembers what it is told.
private final class Heard: HostObserver {
  let lines = Mutex<[String]>([])
  let ended = Mutex<[String]>([])

  func log(_ line: LogLine) { lines.withLock { $0.append(line.text) } }
  func invocationEnded(function: String, result: InvocationResult) { ended.withLock { $0.append(function) } }
}

private struct Names: NameResolver {
  let address: String

  func addresses(of host: String) throws(RemoteFetchError) -> [RemoteAddress] { [RemoteAddress(address)!] }
}

@Suite("Sending to webhooks")
struct WebhookSenderTests {
  private let now = Date(timeIntervalSince1970: 1_800_000_000)

  private func sender(
    _ endpoint: String, secrets: [String] = [], addresses: [String] = ["127.0.0.1"], resolves: String = "127.0.0.1",
    heard: Heard = Heard()
  ) throws -> WebhookSender {
    let webhook = try Webhook(
      name: "hook", arn: "arn", method: "POST", endpoint: endpoint, query: [("kind", "a b")],
      headers: [("X-Api-Key", "the key")], signingSecrets: secrets, allowedAddresses: addresses, rateLimit: 300)
    return WebhookSender(
      [webhook], http: CurlTransport(), resolver: Names(address: resolves), observer: heard, clock: .fixed(now))
  }

  private func outcome(_ sender: WebhookSender, id: String = "one") async -> InvocationOutcome {
    await sender.invoke(
      "api-destination/hook", InvocationRequest(requestID: id, payload: Array(#"{"a":1}"#.utf8))
    ).outcome
  }

  private func failure(_ outcome: InvocationOutcome) -> FunctionFailure? {
    if case .failure(let failure) = outcome { failure } else { nil }
  }

  @Test("posts the event with its id, time, signature and key")
  func posts() async throws {
    let received = Mutex<[ReceivedRequest]>([])
    let server = try LoopbackServer { request in
      received.withLock { $0.append(request) }
      return [.respond(204)]
    }
    defer { server.stop() }
    let heard = Heard()
    let sender = try sender(
      "http://receiver.test:\(server.port)/hook?x=1", secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], heard: heard)
    #expect(await outcome(sender) == .success([]))
    let request = try #require(received.withLock { $0.first })
    #expect(request.method == "POST" && request.target == "/hook?x=1&kind=a%20b")
    #expect(request.body == Array(#"{"a":1}"#.utf8))
    #expect(request.header("content-type") == "application/json; charset=utf-8")
    #expect(request.header("x-api-key") == "the key")
    #expect(request.header("webhook-id") == "one")
    #expect(request.header("webhook-timestamp") == "1800000000")
    #expect(request.header("webhook-signature")?.hasPrefix("v1,") == true)
    #expect(request.header("host") == "receiver.test:\(server.port)")
    #expect(heard.ended.withLock { $0 } == ["api-destination/hook"])
    #expect(heard.lines.withLock { $0 } == [])
  }

  @Test(
    "an answer says whether another try can help",
    arguments: [
      (200, nil), (299, nil), (500, false), (503, false), (429, false), (401, false), (409, false), (400, true),
      (404, true), (410, true), (301, true), (308, true),
    ] as [(Int, Bool?)])
  func statuses(status: Int, isFinal: Bool?) async throws {
    let server = try LoopbackServer { _ in [.respond(status, [("Location", "/elsewhere")], text: "no\nsuch thing")] }
    defer { server.stop() }
    let heard = Heard()
    let found = failure(
      await outcome(try sender("http://127.0.0.1:\(server.port)/", heard: heard)))
    #expect(found?.isFinal == isFinal)
    guard isFinal != nil else { return }
    #expect(found?.type == "HTTPStatus\(status)")
    #expect(found?.message.contains(status < 400 ? "redirects are not followed" : "no such thing") == true)
    #expect(heard.lines.withLock { $0.count } == 1)
  }

  @Test("a receiver that asks for patience is given it")
  func retryAfter() async throws {
    let server = try LoopbackServer { _ in [.respond(429, [("Retry-After", "120")])] }
    defer { server.stop() }
    let found = failure(await outcome(try sender("http://127.0.0.1:\(server.port)/")))
    #expect(found?.retryAfter == .seconds(120) && found?.isFinal == false)
  }

  @Test("a receiver that is not there may be there later")
  func unreachable() async throws {
    let server = try LoopbackServer { _ in [] }
    let port = server.port
    server.stop()
    #expect(failure(await outcome(try sender("http://127.0.0.1:\(port)/")))?.isFinal == false)
  }

  @Test(
    "an address that is neither public nor listed is not called, whatever its name",
    arguments: [
      ("https://receiver.test/", "127.0.0.1", []), ("https://receiver.test/", "169.254.169.254", ["127.0.0.1"]),
      ("https://10.0.0.1/", "10.0.0.1", []), ("http://receiver.test/", "93.184.216.34", ["127.0.0.1"]),
      ("https://[::1]/", "::1", ["127.0.0.1"]),
    ] as [(String, String, [String])])
  func guarded(endpoint: String, address: String, listed: [String]) async throws {
    let found = failure(await outcome(try sender(endpoint, addresses: listed, resolves: address)))
    #expect(found?.isFinal == true)
    #expect(["AddressRefused", "HostNotAllowed"].contains(found?.type))
  }

  @Test("only what is described is sent")
  func unknown() async throws {
    let sender = try sender("https://receiver.test/")
    #expect(sender.sends("api-destination/hook") && !sender.sends("hook"))
    let result = await sender.invoke("api-destination/other", InvocationRequest(payload: []))
    #expect(result.outcome == .refused(.unknownFunction))
  }
}
