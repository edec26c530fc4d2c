import Invocations
import RedisQueue
import FoundationEssentials
import Logging
import RedisClient
import Core
import Synchronization
import Testing

@Suite(.serialized) struct RedisInvocationQueueTests {
  @Test("the Redis queue does what every queue must, over TLS too", arguments: [false, true])
  func conformance(isEncrypted: Bool) async throws {
    let server = try RedisServer(isEncrypted: isEncrypted)
    let previous = Mutex<RedisInvocationQueue?>(nil)
    try await QueueConformance(open: {
      previous.withLock { $0?.close() }
      let queue = try Self.queue(server)
      previous.withLock { $0 = queue }
      return queue
    }).run()
    previous.withLock { $0?.close() }
  }

  @Test("large values pass through TLS whole")
  func largeValues() async throws {
    let server = try RedisServer(isEncrypted: true)
    let queue = try Self.queue(server)
    defer { queue.close() }
    let payload = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    let sent = (1...8).map { number in
      NewInvocation(id: "\(number)", function: "f", payload: payload + [UInt8(number)], enqueuedAt: Date())
    }
    try await queue.enqueue(sent)
    let claimed = try await queue.claim(["f": 10], at: Date())["f"]?.invocations.map(\.invocation.payload) ?? []
    #expect(Set(claimed) == Set(sent.map(\.payload)))
  }

  @Test("a server whose certificate is not known, or not its host's, is not trusted")
  func distrust() throws {
    let server = try RedisServer(isEncrypted: true)
    for (host, authorities) in [("127.0.0.1", nil), ("localhost", server.address.tls?.authorities)] {
      var address = server.address
      address.host = host
      address.tls?.authorities = authorities
      let error = #expect(throws: RedisError.self) { try RedisConnection(address, timeout: .seconds(20)) }
      #expect(error?.message.contains("certificate is not trusted") == true, "\(error?.message ?? "")")
    }
    var plain = server.address
    plain.tls = nil
    #expect(throws: RedisError.self) { try RedisConnection(plain, timeout: .seconds(20)) }
  }

  @Test("a file that cannot be read is named")
  func missingFile() throws {
    let server = try RedisServer(isEncrypted: true)
    var address = server.address
    address.tls?.key = "/nowhere/key.pem"
    let error = #expect(throws: RedisError.self) { try RedisConnection(address, timeout: .seconds(20)) }
    #expect(error?.message.contains("/nowhere/key.pem") == true)
  }

  @Test("a full queue refuses new work and takes it again when there is room")
  func full() async throws {
    let server = try RedisServer()
    let queue = try Self.queue(server, maximumQueued: 2)
    defer { queue.close() }
    try await queue.enqueue([invocation("1"), invocation("2", function: "g")])
    await #expect(throws: QueueError.self) { try await queue.enqueue([invocation("3")]) }
    await #expect(throws: QueueError.self) {
      try await queue.publish(key: nil, at: Date(), response: [], invocations: [invocation("3")])
    }
    let claimed = try await queue.claim(["f": 1], at: Date())["f"]?.invocations ?? []
    try await queue.finish(claimed.map { .done($0.number, followUps: []) })
    try await queue.enqueue([invocation("3")])
  }

  @Test("what one node queues, another is told of; each invocation goes to one of them")
  func shares() async throws {
    let server = try RedisServer()
    let told = Monitor<[Set<String>]>([])
    let one = try Self.queue(server, node: "one")
    // Told by the other one, not by looking again: that would take 20 minutes.
    let other = try Self.queue(server, node: "other", takeoverAfter: .seconds(3600))
    let listening = Task { for await functions in other.newWork { told.update { $0.append(functions) } } }
    defer {
      listening.cancel()
      one.close()
      other.close()
    }
    // The first word is about everything, once it listens.
    func hears(_ number: Int) async throws -> Set<String>? {
      try await DedicatedThread.run(name: "wait") {
        told.wait(atMost: .seconds(60)) { $0.count > number ? $0[number] : nil }
      }
    }
    #expect(try await hears(0) == ["f", "g"])
    // By then it has given a sign of life.
    #expect(try await one.nodes().contains { $0.name == "other" })
    try await one.enqueue((1...40).map { invocation("\($0)") })
    #expect(try await hears(1) == ["f"])

    async let first = one.claim(["f": 30], at: Date())
    async let second = other.claim(["f": 30], at: Date())
    let claimed = try await [first, second].flatMap { $0["f"]?.invocations.map(\.invocation.id) ?? [] }
    #expect(claimed.count == 40)
    #expect(Set(claimed).count == 40)
    let depths = try await other.depths()
    #expect(depths["f"]?.queued == 40)
  }

  @Test("what a node held that is gone goes to another, its late end does not count; who lives keeps what it holds")
  func takesOver() async throws {
    let server = try RedisServer()
    let takeoverAfter = Duration.seconds(3)
    let dead = try Self.queue(server, node: "dead", takeoverAfter: takeoverAfter)
    let busy = try Self.queue(server, node: "busy", takeoverAfter: takeoverAfter)
    let other = try Self.queue(server, node: "other", takeoverAfter: takeoverAfter)
    defer {
      busy.close()
      other.close()
    }
    try await other.enqueue([invocation("1")])
    let lost = try #require(try await dead.claim(["f": 1], at: Date())["f"]?.invocations.first)
    try await other.enqueue([invocation("2")])
    let held = try #require(try await busy.claim(["f": 1], at: Date())["f"]?.invocations.first)
    dead.stopSpeaking()

    var taken: [ClaimedInvocation] = []
    let deadline = ContinuousClock.now + .seconds(60)
    while taken.isEmpty, ContinuousClock.now < deadline {
      taken = try await other.claim(["f": 10], at: Date())["f"]?.invocations ?? []
      try await Task.sleep(for: .milliseconds(20))
    }
    #expect(taken == [lost])

    // Three nodes, one end each: only that of the claim's owner has consequences.
    try await dead.finish([.done(lost.number, followUps: [invocation("late", function: "g")])])
    #expect(try await other.depths()["f"]?.queued == 2)
    try await other.finish([.done(lost.number, followUps: [invocation("next", function: "g")])])
    try await dead.finish([.retry(lost.number, failedAttempts: 1, at: Date())])
    try await busy.finish([.done(held.number, followUps: [])])
    let depths = try await other.depths()
    #expect(depths.mapValues(\.queued) == ["g": 1])
    dead.close()
  }

  @Test("a server that ends and comes back is found again, with what was acknowledged")
  func reconnects() async throws {
    let server = try RedisServer()
    let queue = try Self.queue(server)
    defer { queue.close() }
    try await queue.enqueue([invocation("1"), invocation("2")])
    let first = try #require(try await queue.claim(["f": 1], at: Date())["f"]?.invocations.first)
    server.kill()
    let error = await #expect(throws: RedisError.self) { _ = try await queue.depths() }
    #expect(error?.isRetryable == true)
    #expect(error?.message.contains("127.0.0.1:\(server.address.port)") == true)

    try server.start()
    let deadline = ContinuousClock.now + .seconds(60)
    var depths: [String: QueueDepth]?
    while depths == nil, ContinuousClock.now < deadline {
      depths = try? await queue.depths()
      if depths == nil { try await Task.sleep(for: .milliseconds(20)) }
    }
    #expect(depths?["f"]?.queued == 2)
    // The claim has outlived the server.
    try await queue.finish([.done(first.number, followUps: [])])
    let rest = try await queue.claim(["f": 10], at: Date())["f"]?.invocations.map(\.invocation.id)
    #expect(rest == ["2"])
  }

  @Test("many dead letters are moved and thrown away in parts")
  func manyLetters() async throws {
    let server = try RedisServer()
    let queue = try Self.queue(server)
    defer { queue.close() }
    let count = 600
    func kill() async throws {
      let claimed = try await queue.claim(["f": 1000], at: Date())["f"]?.invocations ?? []
      let death = DeadLetterReason(
        condition: .retriesExhausted, attempts: 1, errorType: "E", errorMessage: "m", queue: nil, at: Date())
      try await queue.finish(claimed.map { .dead($0.number, death, followUps: []) })
    }
    try await queue.enqueue((1...count).map { invocation("\($0)") })
    try await kill()
    let letters = try await queue.deadLetters(after: 0, limit: 1000)
    #expect(Set(letters.map(\.invocation.id)).count == count)
    #expect(try await queue.redrive(letters.prefix(300).map(\.number), at: Date()).count == 300)
    #expect(try await queue.redrive(nil, at: Date()).count == count - 300)
    try await kill()
    #expect(try await queue.purge(nil, before: nil) == count)
    #expect(try await queue.depths().isEmpty)
  }

  @Test("a server that is not there is said")
  func unreachable() throws {
    let server = try RedisServer()
    server.kill()
    let error = #expect(throws: RedisError.self) { _ = try Self.queue(server) }
    #expect(error?.code == "RedisUnreachable")
  }

  private static func queue(
    _ server: RedisServer, node: String = "node", takeoverAfter: Duration = .seconds(30), maximumQueued: Int = 1000
  ) throws -> RedisInvocationQueue {
    try RedisInvocationQueue(
      RedisInvocationQueue.Configuration(
        address: server.address, node: node, functions: ["f", "g"],
        deduplication: QueueConformance.deduplication, takeoverAfter: takeoverAfter, maximumQueued: maximumQueued),
      logger: Logger(label: "test"))
  }
}
