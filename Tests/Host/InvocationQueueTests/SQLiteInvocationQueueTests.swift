import GRDB
import Invocations
import LocalStorage
import SQLiteQueue
import FoundationEssentials
import Logging
import Core
import Synchronization
import Testing

@Suite struct SQLiteInvocationQueueTests {
  @Test("the SQLite queue does what every queue must")
  func conformance() async throws {
    try await withDatabaseFile { path in
      let previous = Mutex<LocalDatabase?>(nil)
      try await QueueConformance(open: {
        try previous.withLock { try $0?.close() }
        let database = try Self.database(path)
        previous.withLock { $0 = database }
        return try SQLiteInvocationQueue(database: database, deduplication: QueueConformance.deduplication)
      }).run()
    }
  }

  @Test("a full queue refuses new work and takes it again when there is room")
  func full() async throws {
    try await withDatabaseFile { path in
      let queue = try SQLiteInvocationQueue(database: try Self.database(path), maximumQueued: 2)
      try await queue.enqueue([invocation("1"), invocation("2")])
      await #expect(throws: QueueError.self) { try await queue.enqueue([invocation("3")]) }
      let claimed = try await queue.claim(["f": 1], at: Date())["f"]?.invocations ?? []
      try await queue.finish(claimed.map { .done($0.number, followUps: []) })
      try await queue.enqueue([invocation("3")])
    }
  }

  @Test("what an older version queued is run by this one, each for itself")
  func migration() async throws {
    try await withDatabaseFile { path in
      let old = try LocalDatabase(
        path: path, migrations: Array(QueueSchema.migrations.prefix(1)), durability: .process)
      try await old.write { db in
        try db.execute(
          sql: """
            INSERT INTO invocations (id, function, enqueued, grouping, payload) VALUES ('1', 'f', 7, 'video', '{}');
            INSERT INTO dead_letters
              (id, function, condition, attempts, error_type, error_message, enqueued, died, grouping, payload)
            VALUES ('2', 'f', 'RetriesExhausted', 3, 'E', 'm', 7, 8, 'video', '{}')
            """)
      }
      try old.close()
      let queue = try SQLiteInvocationQueue(
        database: try Self.database(path), deduplication: DeduplicationRules(["f": "detail"]))
      _ = try await queue.redrive(nil, at: Date())
      let claimed = try await queue.claim(["f": 10], at: Date())["f"]?.invocations.map(\.invocation) ?? []
      #expect(claimed.map(\.id).sorted() == ["1", "2"])
      #expect(claimed.map(\.messageGroupID) == ["video", "video"])
      #expect(claimed.map(\.deduplicationID) == [nil, nil])
    }
  }

  @Test("a publication's key is free again after a day")
  func idempotency() async throws {
    try await withDatabaseFile { path in
      let queue = try SQLiteInvocationQueue(database: try Self.database(path))
      let now = Date()
      _ = try await queue.publish(key: "k", at: now, response: Array("one".utf8), invocations: [invocation("1")])
      // After a day the key is free again, once another publication has swept it out.
      let tomorrow = now.addingTimeInterval(86_500)
      _ = try await queue.publish(key: "other", at: tomorrow, response: [], invocations: [])
      let third = try await queue.publish(
        key: "k", at: tomorrow, response: Array("three".utf8), invocations: [invocation("3")])
      #expect(third.response == Array("three".utf8))
      let ids = try await queue.claim(["f": 10], at: now)["f"]?.invocations.map(\.invocation.id)
      #expect(ids == ["1", "3"])
    }
  }

  @Test("dead letters go when their time is over, not before")
  func retention() async throws {
    try await withDatabaseFile { path in
      let queue = try SQLiteInvocationQueue(database: try Self.database(path))
      let now = Date(millisecondsSince1970: 1_800_000_000_000)
      try await queue.enqueue([invocation("old"), invocation("young")])
      let claimed = try await queue.claim(["f": 2], at: now)["f"]?.invocations ?? []
      try await queue.finish(
        zip(claimed, [-7200.0, -3500.0]).map { invocation, age in
          .dead(
            invocation.number,
            DeadLetterReason(
              condition: .retriesExhausted, attempts: 1, errorType: "E", errorMessage: "m", queue: nil,
              at: now.addingTimeInterval(age)), followUps: [])
        })
      let housekeeping = Housekeeping(
        queue: queue, retention: .seconds(3600), store: nil, clock: .fixed(now), logger: Logger(label: "test"))
      await housekeeping.sweep()
      #expect(try await queue.deadLetters(after: 0, limit: 10).map(\.invocation.id) == ["young"])
    }
  }

  @Test("work queued in a caller's transaction comes and goes with it")
  func transactional() async throws {
    struct Undo: Error {}
    try await withDatabaseFile { path in
      let database = try Self.database(path)
      let queue = try SQLiteInvocationQueue(database: database)
      await #expect(throws: Undo.self) {
        try await database.write { db in
          try queue.enqueue([invocation("never")], in: db)
          throw Undo()
        }
      }
      try await database.write { db in try queue.enqueue([invocation("1")], in: db) }
      let ids = try await queue.claim(["f": 10], at: Date())["f"]?.invocations.map(\.invocation.id)
      #expect(ids == ["1"])
    }
  }

  @Test("many writers at once are all recorded")
  func groupCommit() async throws {
    try await withDatabaseFile { path in
      let queue = try SQLiteInvocationQueue(database: try Self.database(path))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<200 { group.addTask { try await queue.enqueue([invocation("\(index)")]) } }
        try await group.waitForAll()
      }
      let claimed = try await queue.claim(["f": 1000], at: Date())["f"]?.invocations ?? []
      #expect(Set(claimed.map(\.invocation.id)).count == 200)
    }
  }

  static func database(_ path: String) throws -> LocalDatabase {
    try LocalDatabase(path: path, migrations: QueueSchema.migrations, durability: .process)
  }
}

func invocation(_ id: String, function: String = "f") -> NewInvocation {
  NewInvocation(id: id, function: function, payload: Array("{}".utf8), enqueuedAt: Date())
}

func withDatabaseFile(_ body: (String) async throws -> Void) async throws {
  let folder = "/tmp/zoetrope-queue-\(RequestID.make())"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try await body("\(folder)/db.sqlite")
}
