import EventRouting
import Invocations
import LocalStorage
import SQLiteQueue
import Core
import FoundationEssentials
import Logging
import SAMTemplate
import Synchronization
import Testing

@Suite("Scheduled invocations")
struct ScheduleServiceTests {
  private static let quiet = Logger(label: "test") { JSONLogHandler(label: $0, level: .critical) }

  /// A time of day that tests set.
  private final class SetClock: Sendable {
    private let date: Mutex<Date>
    init(_ text: String) { date = Mutex(Date(iso8601: text) ?? Date(timeIntervalSince1970: 0)) }
    func set(_ text: String) { date.withLock { $0 = Date(iso8601: text) ?? $0 } }
    var clock: WallClock { WallClock { self.date.withLock(\.self) } }
  }

  private func rules(_ events: String) throws -> [ScheduleRule] {
    let text = """
      Transform: AWS::Serverless-2016-10-31
      Resources:
        F:
          Type: AWS::Serverless::Function
          Properties: {FunctionName: clean, Runtime: provided.al2023, CodeUri: ., Handler: x, Events: {\(events)}}
      """
    return try Template.parse(Array(text.utf8)).schedules
  }

  private func service(
    _ rules: [ScheduleRule], _ queue: any InvocationQueue, _ clock: SetClock, ledger: String? = nil,
    catchUp: Int64? = nil, beforeStart: Int64 = 0
  ) throws -> ScheduleService {
    try ScheduleService(
      rules, functions: ["F": "clean"], ledger: ScheduleLedger(path: ledger), queue: queue,
      configuration: .init(
        region: "eu-central-1", accountID: "000000000000", catchUpSeconds: catchUp,
        secondsBeforeStart: beforeStart),
      clock: clock.clock, logger: Self.quiet)
  }

  /// The events that were queued since the last call.
  private func events(_ queue: any InvocationQueue) async throws -> [JSONValue] {
    let claimed = try await queue.claim(["clean": 100], at: Date())["clean"]?.invocations ?? []
    return try claimed.map { try JSON.decode(from: $0.invocation.payload) }
  }

  private func withQueue(_ body: (any InvocationQueue, String) async throws -> Void) async throws {
    let folder = "\(FileManager.default.temporaryDirectory.path)/zoetrope-\(RequestID.make())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let database = try LocalDatabase(path: "\(folder)/queue.db", migrations: QueueSchema.migrations)
    try await body(try SQLiteInvocationQueue(database: database), "\(folder)/schedules.json")
    try database.close()
  }

  @Test("the state of every schedule can be asked for: when it fires next, or that it is switched off")
  func statuses() async throws {
    try await withQueue { queue, _ in
      let clock = SetClock("2026-03-01T07:59:30Z")
      let service = try service(
        rules(
          "E: {Type: Schedule, Properties: {Schedule: cron(0 8 * * ? *)}}, "
            + "G: {Type: Schedule, Properties: {Schedule: rate(1 hour), Enabled: false}}"), queue, clock)
      let found = await service.statuses()
      #expect(found.map(\.name) == ["FE", "FG"])
      #expect(found.map(\.isEnabled) == [true, false])
      #expect(found[0].next == Date(iso8601: "2026-03-01T08:00:00Z").map { Int64($0.timeIntervalSince1970) })
      #expect((found[0].function, found[0].expression, found[1].next) == ("clean", "cron(0 8 * * ? *)", nil))
    }
  }

  @Test("a schedule fires at its time and not before, with the default event")
  func fires() async throws {
    try await withQueue { queue, _ in
      let clock = SetClock("2026-03-01T07:59:30Z")
      let service = try service(rules("E: {Type: Schedule, Properties: {Schedule: cron(0 8 * * ? *)}}"), queue, clock)
      await service.fire()
      #expect(try await events(queue) == [])
      clock.set("2026-03-01T08:00:00Z")
      await service.fire()
      await service.fire()
      let event = try #require(try await events(queue).first)
      #expect(event["source"] == .string("aws.events") && event["detail-type"] == .string("Scheduled Event"))
      #expect(event["time"] == .string("2026-03-01T08:00:00Z") && event["detail"] == .object([:]))
      #expect(event["resources"] == .array([.string("arn:aws:events:us-east-1:000000000000:rule/FE")]))
      #expect(try await events(queue) == [])
    }
  }

  @Test("a host that keeps no queue fires at its start what was due before")
  func firesAtStart() async throws {
    try await withQueue { queue, _ in
      let clock = SetClock("2026-03-01T07:40:00Z")
      let rules = try rules("E: {Type: Schedule, Properties: {Schedule: cron(0 * * * ? *)}}")
      let service = try service(rules, queue, clock, beforeStart: 3600)
      await service.fire()
      #expect(try await events(queue).first?["time"] == .string("2026-03-01T07:00:00Z"))
      await service.fire()
      #expect(try await events(queue) == [])
    }
  }

  @Test("Input replaces the event, and the scheduler fills in what it knows")
  func input() async throws {
    try await withQueue { queue, _ in
      let clock = SetClock("2026-03-28T12:00:00Z")
      let input = #"{"at":"<aws.scheduler.scheduled-time>","by":"<aws.scheduler.schedule-arn>"}"#
      let rules = try rules(
        "E: {Type: ScheduleV2, Properties: {ScheduleExpression: cron(0 8 * * ? *), "
          + "ScheduleExpressionTimezone: Europe/Berlin, Input: '\(input)'}}")
      let service = try service(rules, queue, clock)
      // Summer time has begun in the night.
      clock.set("2026-03-29T06:00:00Z")
      await service.fire()
      let event = try #require(try await events(queue).first)
      #expect(event["at"] == .string("2026-03-29T06:00:00Z"))
      #expect(event["by"] == .string("arn:aws:scheduler:us-east-1:000000000000:schedule/default/FE"))
    }
  }

  @Test("nodes that share a queue fire once")
  func nodes() async throws {
    try await withQueue { queue, _ in
      let clock = SetClock("2026-03-01T08:00:30Z")
      let rules = try rules("E: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}")
      let nodes = try (0..<5).map { _ in try service(rules, queue, clock, catchUp: 82_800) }
      clock.set("2026-03-01T08:01:00Z")
      await withTaskGroup { group in
        for node in nodes { group.addTask { await node.fire() } }
      }
      #expect(try await events(queue).count == 1)
    }
  }

  @Test("a stop that several times fell into is made up for once, and only by schedules that were known before")
  func stop() async throws {
    try await withQueue { queue, ledger in
      let clock = SetClock("2026-03-01T08:00:30Z")
      let known = "E: {Type: Schedule, Properties: {Schedule: rate(5 minutes)}}"
      await (try service(rules(known), queue, clock, ledger: ledger)).fire()
      #expect(try await events(queue) == [])
      clock.set("2026-03-01T09:12:00Z")
      let new = ", G: {Type: Schedule, Properties: {Schedule: rate(1 minute), Name: new}}"
      let service = try service(rules(known + new), queue, clock, ledger: ledger)
      await service.fire()
      #expect(try await events(queue).map { $0["time"] } == [.string("2026-03-01T09:10:00Z")])
      await service.fire()
      #expect(try await events(queue) == [])
    }
  }

  @Test("a crash between queueing and writing down does not fire twice")
  func crash() async throws {
    try await withQueue { queue, ledger in
      let clock = SetClock("2026-03-01T08:00:30Z")
      let rules = try rules("E: {Type: Schedule, Properties: {Schedule: rate(5 minutes)}}")
      let first = try service(rules, queue, clock, ledger: ledger)
      let before = try #require(FileManager.default.contents(atPath: ledger))
      clock.set("2026-03-01T08:05:00Z")
      await first.fire()
      try before.write(to: URL(filePath: ledger))
      await (try service(rules, queue, clock, ledger: ledger)).fire()
      #expect(try await events(queue).count == 1)
    }
  }

  @Test("disabled schedules and those outside of their dates do not fire")
  func bounds() async throws {
    try await withQueue { queue, _ in
      let clock = SetClock("2026-03-01T08:00:30Z")
      let rules = try rules(
        "E: {Type: Schedule, Properties: {Schedule: rate(1 minute), Enabled: false}}, "
          + "G: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 minute), StartDate: '2026-03-01T09:00:00Z', "
          + "EndDate: '2026-03-01T09:01:00Z'}}")
      let service = try service(rules, queue, clock)
      clock.set("2026-03-01T08:59:59Z")
      await service.fire()
      #expect(try await events(queue) == [])
      clock.set("2026-03-01T09:00:00Z")
      await service.fire()
      #expect(try await events(queue).map { $0["time"] } == [.string("2026-03-01T09:00:00Z")])
      clock.set("2026-03-01T10:00:00Z")
      await service.fire()
      #expect(try await events(queue).map { $0["time"] } == [.string("2026-03-01T09:01:00Z")])
    }
  }

  @Test("of what is older than the queue's memory, other nodes have taken care")
  func memory() async throws {
    try await withQueue { queue, ledger in
      let clock = SetClock("2026-03-01T08:00:00Z")
      let rules = try rules("E: {Type: Schedule, Properties: {Schedule: cron(0 9 1 * ? *)}}")
      _ = try service(rules, queue, clock, ledger: ledger, catchUp: 82_800)
      clock.set("2026-03-05T00:00:00Z")
      await (try service(rules, queue, clock, ledger: ledger, catchUp: 82_800)).fire()
      #expect(try await events(queue) == [])
    }
  }
}
