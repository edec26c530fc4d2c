import AWSCredentials
import FoundationEssentials
import Core
import SigV4
import Synchronization
import Testing

/// Gives out numbered credentials that are good for an hour from `start` on, or what it is told to.
private final class Source: CredentialsSource {
  struct Refused: Error {}

  private let state = Mutex((count: 0, fails: false, gate: nil as CheckedContinuation<Void, Never>?))
  private let lifetime: TimeInterval
  private let waits: Bool

  init(lifetime: TimeInterval = 3600, waits: Bool = false) {
    self.lifetime = lifetime
    self.waits = waits
  }

  var count: Int { state.withLock { $0.count } }

  func fail(_ fails: Bool) { state.withLock { $0.fails = fails } }

  /// Lets the one that waits go on; false where none does yet.
  func open() -> Bool {
    let gate = state.withLock { $0.gate }
    gate?.resume()
    return gate != nil
  }

  func fetch() async throws -> TemporaryCredentials {
    if waits { await withCheckedContinuation { gate in state.withLock { $0.gate = gate } } }
    return try state.withLock { state in
      state.count += 1
      if state.fails { throw Refused() }
      return TemporaryCredentials(
        credentials: Credentials(accessKeyID: "k\(state.count)", secretAccessKey: "s"),
        expiration: start.addingTimeInterval(lifetime * Double(state.count)))
    }
  }
}

@Suite struct RefreshTests {
  private func key(_ provider: RefreshedCredentials, after seconds: TimeInterval) async throws -> String {
    try await provider.credentials(at: start.addingTimeInterval(seconds)).accessKeyID
  }

  @Test("credentials are kept until shortly before they expire")
  func kept() async throws {
    let provider = RefreshedCredentials(Source())
    let last = 3600 - RefreshedCredentials.margin
    #expect(try await key(provider, after: 0) == "k1")
    #expect(try await key(provider, after: last - 1) == "k1")
    #expect(try await key(provider, after: last) == "k2")
    #expect(try await key(provider, after: 3600) == "k2")
  }

  @Test("however many ask at the same time, the source is asked once")
  func once() async throws {
    let source = Source(waits: true)
    let provider = RefreshedCredentials(source)
    try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<20 { group.addTask { try await key(provider, after: 0) } }
      while !source.open() { await Task.yield() }
      for try await key in group { #expect(key == "k1") }
    }
    #expect(source.count == 1)
  }

  @Test("while the source fails, what is still good is used and the source is left in peace for a moment")
  func failing() async throws {
    let source = Source()
    let provider = RefreshedCredentials(source)
    #expect(try await key(provider, after: 0) == "k1")
    source.fail(true)
    #expect(try await key(provider, after: 3400) == "k1")
    #expect(try await key(provider, after: 3405) == "k1")
    #expect(source.count == 2)
    source.fail(false)
    #expect(try await key(provider, after: 3411) == "k3")
  }

  @Test("expired credentials are never used")
  func expired() async throws {
    let source = Source()
    let provider = RefreshedCredentials(source)
    #expect(try await key(provider, after: 0) == "k1")
    source.fail(true)
    #expect(try await key(provider, after: 3595) == "k1")
    await #expect(throws: Source.Refused.self) { try await key(provider, after: 3600) }
  }

  @Test("credentials that are short-lived from the start do not have the source asked all the time")
  func shortLived() async throws {
    let source = Source(lifetime: 120)
    let provider = RefreshedCredentials(source)
    for second in 0..<10 { #expect(try await key(provider, after: TimeInterval(second)) == "k1") }
    #expect(try await key(provider, after: 11) == "k2")
  }
}
