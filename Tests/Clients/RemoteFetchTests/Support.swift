import Core
import HTTPTransport
import LoopbackServer
import RemoteFetch
import Synchronization
import Testing

/// Answers with what the test says, each time the next entry; the last one stays.
final class FakeResolver: NameResolver {
  private let answers: Mutex<[String: [[String]]]>
  let asked = Mutex<[String]>([])

  init(_ answers: [String: [[String]]]) {
    self.answers = Mutex(answers)
  }

  func addresses(of host: String) throws(RemoteFetchError) -> [RemoteAddress] {
    asked.withLock { $0.append(host) }
    let answer = answers.withLock { answers -> [String]? in
      guard let all = answers[host], let first = all.first else { return nil }
      if all.count > 1 { answers[host]!.removeFirst() }
      return first
    }
    guard let answer else { throw RemoteFetchError(.sourceFailed, "the host '\(host)' cannot be found") }
    return answer.map { RemoteAddress($0)! }
  }
}

/// A fetcher of the hosts `a.test` and `b.test`, which are found on loopback, and of loopback itself.
struct Fetching {
  let http = CurlTransport()
  let resolver: FakeResolver
  let fetcher: RemoteFetcher
  let budget: RemoteBudget

  init(
    hosts: String = "a.test,b.test,127.0.0.1", names: [String: [[String]]] = [:], bytes: Int64 = 64 << 20
  ) {
    resolver = FakeResolver(["a.test": [["127.0.0.1"]], "b.test": [["127.0.0.1"]]].merging(names) { $1 })
    var configuration = RemoteFetcher.Configuration()
    configuration.maximumRedirects = 3
    fetcher = RemoteFetcher(
      http: http, hosts: HostList(hosts, setting: "HOSTS"), resolver: resolver, configuration: configuration)
    budget = RemoteBudget(maximumBytes: bytes, seconds: 600)
  }

  /// Blocking work on a thread of its own.
  func run<Value: Sendable>(_ work: @escaping @Sendable (RemoteFetcher, RemoteBudget) throws -> Value) async throws
    -> Value
  {
    let (fetcher, budget) = (fetcher, budget)
    return try await DedicatedThread.run(name: "fetch") { try work(fetcher, budget) }
  }

  func kind(_ work: @escaping @Sendable (RemoteFetcher, RemoteBudget) throws -> Void) async -> RemoteFetchError.Kind? {
    do {
      try await run(work)
      return nil
    } catch {
      return (error as? RemoteFetchError)?.kind
    }
  }
}

func pattern(_ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
}

/// What a server with range requests answers.
func ranged(_ body: [UInt8], _ request: ReceivedRequest, headers: [(String, String)] = []) -> [LoopbackServer.Step] {
  guard let range = request.range else { return [.respond(200, headers, body)] }
  guard range.lowerBound < body.count else { return [.respond(416, [("Content-Range", "bytes */\(body.count)")])] }
  let end = min(range.upperBound, body.count - 1)
  return [
    .respond(
      206, headers + [("Content-Range", "bytes \(range.lowerBound)-\(end)/\(body.count)")],
      Array(body[range.lowerBound...end]))
  ]
}
