import Invocations
import FoundationEssentials
import Core
import Testing

/// What every `InvocationQueue` must do; run by each implementation.
struct QueueConformance {
  /// Opens the queue; called again on the same storage it is what a restart finds.
  let open: () async throws -> any InvocationQueue
  /// What every queue is to be opened with.
  static let deduplication = DeduplicationRules(["g": "detail"])
  let now = Date(millisecondsSince1970: 1_800_000_000_000)

  func run() async throws {
    try await ordersByAge()
    try await takesGroupsInTurn()
    try await givesOutOnce()
    try await waitsForRetries()
    try await survivesRestart()
    try await keepsDeadLetters()
    try await followUpsComeWithTheEnd()
    try await countsDepths()
    try await publishesOnce()
    try await tellsOfNewWork()
    try await identifiesWork()
  }

  private func new(_ id: String, _ function: String = "f", payload: String = "{}", group: String = "") -> NewInvocation
  {
    NewInvocation(id: id, function: function, payload: Array(payload.utf8), messageGroupID: group, enqueuedAt: now)
  }

  private func claim(_ queue: any InvocationQueue, _ count: Int = 100, function: String = "f", at: Date? = nil)
    async throws -> ClaimedBatch
  {
    let batches = try await queue.claim([function: count], at: at ?? now)
    return try #require(batches[function])
  }

  /// Empties the queue for the next check.
  private func clear(_ queue: any InvocationQueue, functions: [String] = ["f"]) async throws {
    for function in functions {
      let batch = try await claim(queue, 1000, function: function, at: now.addingTimeInterval(600))
      try await queue.finish(batch.invocations.map { .done($0.number, followUps: []) })
    }
    _ = try await queue.purge(nil, before: nil)
    let depths = try await queue.depths()
    #expect(depths.isEmpty)
  }

  private func ordersByAge() async throws {
    let queue = try await open()
    try await queue.enqueue([new("1", payload: #"{"a":1}"#, group: "video"), new("other", "g"), new("2")])
    try await queue.enqueue([new("3")])
    let first = try await claim(queue, 2)
    #expect(first.invocations.map(\.invocation.id).sorted() == ["1", "2"])
    let one = first.invocations.first { $0.invocation.id == "1" }
    #expect(one?.invocation == new("1", payload: #"{"a":1}"#, group: "video"))
    #expect(one?.failedAttempts == 0)
    #expect(first.hasMore)
    let rest = try await claim(queue, 2)
    #expect(rest.invocations.map(\.invocation.id) == ["3"])
    #expect(!rest.hasMore)
    try await queue.finish((first.invocations + rest.invocations).map { .done($0.number, followUps: []) })
    try await clear(queue, functions: ["f", "g"])
  }

  private func takesGroupsInTurn() async throws {
    let queue = try await open()
    try await queue.enqueue((1...50).map { new("long \($0)", group: "long") })
    try await queue.enqueue((1...3).map { new("short \($0)", group: "short") } + [new("another", group: "another")])
    let claimed = try await claim(queue, 6)
    #expect(
      claimed.invocations.map(\.invocation.id).sorted()
        == ["another", "long 1", "long 2", "long 3", "short 1", "short 2"])
    #expect(claimed.hasMore)
    // What is given out is no reason to pass over the rest of its group.
    let more = try await claim(queue, 2)
    #expect(more.invocations.map(\.invocation.id).sorted() == ["long 4", "short 3"])
    let all = try await claim(queue, 1000)
    #expect(all.invocations.map(\.invocation.id) == (5...50).map { "long \($0)" })
    #expect(!all.hasMore)
    try await queue.finish(
      (claimed.invocations + more.invocations + all.invocations).map { .done($0.number, followUps: []) })
  }

  private func givesOutOnce() async throws {
    let queue = try await open()
    try await queue.enqueue([new("1")])
    let claimed = try await claim(queue)
    #expect(claimed.invocations.count == 1)
    #expect(try await claim(queue).invocations.isEmpty)
    await queue.release(claimed.invocations.map(\.number))
    let again = try await claim(queue)
    #expect(again == claimed)
    try await queue.finish([.done(again.invocations[0].number, followUps: [])])
    #expect(try await claim(queue).invocations.isEmpty)
    try await clear(queue)
  }

  private func waitsForRetries() async throws {
    let queue = try await open()
    try await queue.enqueue([new("1")])
    let number = try await claim(queue).invocations[0].number
    let later = now.addingTimeInterval(30)
    try await queue.finish([.retry(number, failedAttempts: 1, at: later)])
    let early = try await claim(queue)
    #expect(early.invocations.isEmpty)
    #expect(early.nextAt == later)
    // A retry that is due goes before what came after it.
    try await queue.enqueue([new("2")])
    let due = try await claim(queue, at: later)
    #expect(due.invocations.map(\.invocation.id) == ["1", "2"])
    #expect(due.invocations.map(\.failedAttempts) == [1, 0])
    #expect(due.nextAt == nil)
    // A clock that went back by a day does not hold a retry for a day.
    try await queue.finish([.retry(number, failedAttempts: 2, at: later)])
    let back = try await claim(queue, at: now.addingTimeInterval(-86_400))
    #expect(back.invocations.map(\.invocation.id) == ["1"])
    try await queue.finish(due.invocations.map { .done($0.number, followUps: []) })
    try await clear(queue)
  }

  private func survivesRestart() async throws {
    let queue = try await open()
    try await queue.enqueue([new("running"), new("failed"), new("waiting")])
    let claimed = try await claim(queue, 2)
    try await queue.finish([.retry(claimed.invocations[1].number, failedAttempts: 1, at: now)])
    let restarted = try await open()
    let batch = try await claim(restarted)
    #expect(batch.invocations.map(\.invocation.id) == ["failed", "running", "waiting"])
    #expect(batch.invocations.map(\.failedAttempts) == [1, 0, 0])
    try await restarted.finish(batch.invocations.map { .done($0.number, followUps: []) })
    try await clear(restarted)
  }

  private func keepsDeadLetters() async throws {
    let queue = try await open()
    try await queue.enqueue([new("1", payload: #"{"poison":true}"#, group: "v"), new("2"), new("3")])
    let claimed = try await claim(queue).invocations.sorted { $0.number < $1.number }
    let death = DeadLetterReason(
      condition: .retriesExhausted, attempts: 3, errorType: "Trouble", errorMessage: "as ordered", queue: "letters",
      at: now.addingTimeInterval(5))
    try await queue.finish(claimed.map { .dead($0.number, death, followUps: []) })
    let letters = try await queue.deadLetters(after: 0, limit: 2)
    #expect(letters.map(\.invocation.id) == ["1", "2"])
    #expect(letters.first?.invocation == new("1", payload: #"{"poison":true}"#, group: "v"))
    #expect(letters.first?.death == death)
    let rest = try await queue.deadLetters(after: letters[1].number, limit: 2)
    #expect(rest.map(\.invocation.id) == ["3"])

    let moment = now.addingTimeInterval(60)
    let redriven = try await queue.redrive([letters[0].number], at: moment)
    #expect(redriven.count == 1)
    #expect(redriven.functions == ["f"])
    let again = try await claim(queue)
    #expect(again.invocations.map(\.invocation.id) == ["1"])
    #expect(again.invocations.first?.failedAttempts == 0)
    #expect(again.invocations.first?.invocation.enqueuedAt == moment)
    #expect(again.invocations.first?.invocation.payload == Array(#"{"poison":true}"#.utf8))

    #expect(try await queue.purge([letters[1].number], before: nil) == 1)
    #expect(try await queue.purge(nil, before: now) == 0)
    #expect(try await queue.purge(nil, before: now.addingTimeInterval(10)) == 1)
    #expect(try await queue.deadLetters(after: 0, limit: 10).isEmpty)
    #expect(try await queue.redrive(nil, at: now).count == 0)
    try await queue.finish([.done(again.invocations[0].number, followUps: [])])
    try await clear(queue)
  }

  private func followUpsComeWithTheEnd() async throws {
    let queue = try await open()
    try await queue.enqueue([new("1"), new("2")])
    let claimed = try await claim(queue).invocations
    let death = DeadLetterReason(
      condition: .eventAgeExceeded, attempts: 1, errorType: "E", errorMessage: "m", queue: nil, at: now)
    try await queue.finish([
      .done(claimed[0].number, followUps: [new("success", "g")]),
      .dead(claimed[1].number, death, followUps: [new("failure", "g")]),
    ])
    let followUps = try await claim(queue, function: "g").invocations
    #expect(followUps.map(\.invocation.id) == ["success", "failure"])
    try await queue.finish(followUps.map { .done($0.number, followUps: []) })
    try await clear(queue)
  }

  private func publishesOnce() async throws {
    let queue = try await open()
    let first = try await queue.publish(
      key: "k", at: now, response: Array("one".utf8), invocations: [new("1"), new("2", "g")])
    let second = try await queue.publish(key: "k", at: now, response: Array("two".utf8), invocations: [new("3")])
    #expect(first.isNew)
    #expect(!second.isNew)
    #expect(second.response == Array("one".utf8))
    // Without a key each stands for itself.
    for _ in 1...2 { _ = try await queue.publish(key: nil, at: now, response: [], invocations: [new("4")]) }
    #expect(try await claim(queue).invocations.map(\.invocation.id).sorted() == ["1", "4", "4"])
    let restarted = try await open()
    let third = try await restarted.publish(key: "k", at: now, response: [], invocations: [new("5")])
    #expect(!third.isNew)
    try await clear(restarted, functions: ["f", "g"])
  }

  private func countsDepths() async throws {
    let queue = try await open()
    try await queue.enqueue([new("1"), new("2"), new("3", "g")])
    let claimed = try await claim(queue, 1).invocations
    let death = DeadLetterReason(
      condition: .retriesExhausted, attempts: 1, errorType: "E", errorMessage: "m", queue: nil, at: now)
    try await queue.finish([.dead(claimed[0].number, death, followUps: [])])
    let depths = try await queue.depths()
    #expect(depths["f"] == QueueDepth(queued: 1, deadLetters: 1, oldest: now))
    #expect(depths["g"] == QueueDepth(queued: 1, deadLetters: 0, oldest: now))
    try await clear(queue, functions: ["f", "g"])
  }

  /// Each way in is told of, and only once the work is there to be claimed.
  private func tellsOfNewWork() async throws {
    let queue = try await open()
    let told = Monitor<Set<String>>([])
    let listening = Task { for await functions in queue.newWork { told.update { $0.formUnion(functions) } } }
    defer { listening.cancel() }
    func hears(_ function: String) async throws -> Bool {
      let heard = try await DedicatedThread.run(name: "wait") {
        told.wait(atMost: .seconds(60)) { $0.contains(function) ? true : nil } ?? false
      }
      told.update { $0 = [] }
      return heard
    }
    try await queue.enqueue([new("1", "enqueued")])
    #expect(try await hears("enqueued"))
    _ = try await queue.publish(key: nil, at: now, response: [], invocations: [new("2", "published")])
    #expect(try await hears("published"))
    let number = try await claim(queue, function: "enqueued").invocations[0].number
    try await queue.finish([.done(number, followUps: [new("3", "followed")])])
    #expect(try await hears("followed"))
    let death = DeadLetterReason(
      condition: .retriesExhausted, attempts: 1, errorType: "E", errorMessage: "m", queue: nil, at: now)
    try await queue.finish([
      .dead(try await claim(queue, function: "followed").invocations[0].number, death, followUps: [])
    ])
    _ = try await queue.redrive(nil, at: now)
    #expect(try await hears("followed"))
    try await clear(queue, functions: ["published", "followed"])
  }

  /// What an invocation is about is found when it is enqueued and stays with it, through a restart and among dead letters.
  private func identifiesWork() async throws {
    let first = try await open()
    try await first.enqueue([
      new("1", "g", payload: #"{"id": 1, "detail": {"a": 1, "b": 2}}"#),
      new("2", "g", payload: #"{"detail": {"b": 2, "a": 1}}"#),
      new("3", "g", payload: #"{"detail": {"a": 2}}"#),
      new("4", "g", payload: #"{"id": 1}"#),
    ])
    try await first.enqueue([new("5", payload: #"{"detail": 1}"#)])
    let queue = try await open()
    let claimed = try await claim(queue, function: "g").invocations.sorted { $0.invocation.id < $1.invocation.id }
    let ids = claimed.map(\.invocation.deduplicationID)
    #expect(ids[0] != nil && ids[0] == ids[1])
    #expect(ids[2] != nil && ids[2] != ids[0])
    #expect(ids[3] == nil)
    #expect(try await claim(queue).invocations.map(\.invocation.deduplicationID) == [nil])
    let death = DeadLetterReason(
      condition: .retriesExhausted, attempts: 1, errorType: "E", errorMessage: "m", queue: nil, at: now)
    try await queue.finish(claimed.map { .dead($0.number, death, followUps: []) })
    _ = try await queue.redrive(nil, at: now)
    let again = try await claim(queue, function: "g").invocations.sorted { $0.invocation.id < $1.invocation.id }
    #expect(again.map(\.invocation.deduplicationID) == ids)
    try await queue.finish(again.map { .done($0.number, followUps: []) })
    try await clear(try await open(), functions: ["f", "g"])
  }
}
