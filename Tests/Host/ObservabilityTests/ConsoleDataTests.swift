import Core
import FoundationEssentials
import FunctionHost
import HTTPGateway
import Observability
import Testing

@Suite struct ConsoleDataTests {
  private let clock = WallClock { Date(timeIntervalSince1970: 1_800_000_000) }

  private func exchange(_ status: Int, seconds: Double = 0.1, isAborted: Bool = false) -> GatewayExchange {
    GatewayExchange(
      requestID: "r", sourceAddress: "127.0.0.1", method: "GET", target: "/pets", route: "GET /pets", function: "Pets",
      status: status, sentBytes: 10, firstByte: .seconds(seconds / 2), total: .seconds(seconds), isAborted: isAborted)
  }

  private func record(
    _ message: String, function: String = "F", group: String = "a.mp4", at time: Int64 = 0, outcome: String = "reported"
  ) -> InvocationRecord {
    var record = InvocationRecord(
      number: 1, requestID: "request \(time)", function: function, group: group, attempt: 1, startedAt: time,
      outcome: outcome)
    record.errorType = outcome == "success" ? nil : "Failed"
    record.errorMessage = outcome == "success" ? nil : message
    return record
  }

  @Test("a histogram's quantile lies within the class that holds it")
  func quantile() throws {
    var histogram = Histogram()
    #expect(histogram.quantile(0.5) == nil)
    for _ in 0..<90 { histogram.add(0.03) }
    for _ in 0..<10 { histogram.add(2) }
    #expect((0.025...0.05).contains(try #require(histogram.quantile(0.5))))
    #expect((1.0...2.5).contains(try #require(histogram.quantile(0.95))))
    histogram.add(1000)
    #expect(histogram.quantile(1) == 300)
  }

  @Test("a route's requests are counted by status, and those of the server's fault are errors of their interval")
  func routes() throws {
    let routes = RouteActivity(clock: clock)
    for status in [200, 200, 404, 500] { routes.answered(exchange(status)) }
    routes.answered(exchange(200, isAborted: true))
    let totals = try #require(routes.totals(bins: 2).first)
    #expect((totals.requests, totals.clientErrors, totals.serverErrors, totals.aborted) == (5, 1, 1, 1))
    #expect(totals.series.map(\.invocations) == [0, 5])
    #expect(totals.series.map(\.errors) == [0, 2])
    #expect((25...100).contains(try #require(totals.median)))
  }

  @Test("failures that differ in numbers and quoted names only are one")
  func failures() {
    let found = FailureGroup.of(
      [
        record("part 7 of 'b.mp4' is missing", group: "b.mp4", at: 30), record("ok", at: 25, outcome: "success"),
        record("part 12 of 'a.mp4' is missing", at: 20), record("something else", at: 10),
      ], limit: 10)
    #expect(found.map(\.count) == [2, 1])
    #expect(found[0].groups == ["b.mp4", "a.mp4"])
    #expect((found[0].first, found[0].last, found[0].requestID) == (20, 30, "request 30"))
  }

  @Test("a sample of the queue says nothing of functions that had nothing to do for an hour")
  func samples() {
    let samples = QueueSamples()
    samples.add([:])
    samples.add(["F": .init(depth: 3, age: 100)])
    #expect(
      samples.last(3).map(\.samples) == [[.init(depth: 0, age: 0), .init(depth: 0, age: 0), .init(depth: 3, age: 100)]])
    for _ in 0..<FunctionActivity.count { samples.add([:]) }
    #expect(samples.last(3).isEmpty)
  }

  @Test(
    "a line's level is what it says",
    arguments: [
      (#"{"time":"…","level":"warning","message":"x"}"#, LogLevel.warning), (#"{"level": "critical"}"#, .critical),
      ("2026-01-01T00:00:00Z ERROR something", .error), ("[WARN] x", .warning), ("START RequestId: x", .debug),
      ("no error here", .info),
    ])
  func levels(line: String, level: LogLevel) { #expect(LogLevel(of: line) == level) }

  @Test("the log is searched by text, level and time, the newest lines first, page by page")
  func search() throws {
    try withFolder { folder in
      let logs = try LogStore(folder: folder, clock: clock)
      for number in 0..<5 {
        logs.add(LogLine(function: "F", requestID: "r\(number)", environmentID: "e", text: "Line \(number)"))
      }
      logs.add(LogLine(function: "G", requestID: nil, environmentID: "e", text: "ERROR line"))
      var wanted = LogFilter()
      wanted.text = "LINE"
      let first = logs.search(wanted, before: nil, limit: 4)
      #expect(first.lines.map(\.text) == ["ERROR line", "Line 4", "Line 3", "Line 2"])
      let second = logs.search(wanted, before: first.next, limit: 4)
      #expect(second.lines.map(\.text) == ["Line 1", "Line 0"])
      #expect(second.next == nil)
      wanted.level = .error
      #expect(logs.search(wanted, before: nil, limit: 4).lines.map(\.function) == ["G"])
      wanted.until = 1
      #expect(logs.search(wanted, before: nil, limit: 4).lines.isEmpty)
    }
  }

  @Test("the log of a former run is known after a restart, with its times, and half a line is passed over")
  func restored() async throws {
    try await withFolder { folder in
      let logs = try LogStore(folder: folder, clock: clock)
      logs.add(LogLine(function: "My-Function", requestID: "r", environmentID: "My-Function-0123abcd", text: "Line  1"))
      logs.add(LogLine(function: "F", requestID: nil, environmentID: "F-0123abcd", text: "x - y"))
      await logs.flush()
      let file = URL(filePath: "\(folder)/functions.log")
      try (Data(contentsOf: file) + Data("2026-11-27T13:0".utf8)).write(to: file)
      let later = try LogStore(folder: folder, clock: clock)
      later.restore()
      let found = later.last(10).lines
      #expect(found.map(\.function) == ["My-Function", "F"])
      #expect(found.map(\.requestID) == ["r", nil])
      #expect(found.map(\.text) == ["Line  1", "x - y"])
      #expect(found.map(\.time) == logs.last(10).lines.map(\.time))
      later.add(LogLine(function: "G", requestID: nil, environmentID: "G-1", text: "new"))
      #expect(later.lines(after: 2, limit: 10).lines.map(\.text) == ["new"])
    }
  }

  @Test("runs and jobs are known after a restart, and half a line is passed over")
  func history() async throws {
    try await withFolder { folder in
      let history = try ActivityHistory(folder: folder)
      let run = record("x", at: 5)
      history.append(.invocation(run))
      let jobs = JobWatch(history: history)
      jobs.changed(bucket: "b", key: "k/job.json", isRemoved: false)
      jobs.changed(bucket: "b", key: "k/job.json", isRemoved: false)
      jobs.changed(bucket: "b", key: "k/other.json", isRemoved: false)
      await history.flush()
      let file = URL(filePath: "\(folder)/history.jsonl")
      try (Data(contentsOf: file) + Data(#"{"invocation":{"num"#.utf8)).write(to: file)
      let past = try ActivityHistory(folder: folder).load()
      #expect(past.invocations == [run])
      #expect(past.jobs == [.init(bucket: "b", key: "k/job.json")])
      #expect(past.jobs.first?.records == "k/parts/")
      let log = ActivityLog(feed: LiveFeed(), clock: clock, past: past.invocations)
      #expect(log.records(limit: 10).map(\.requestID) == ["request 5"])
      #expect(log.totals(bins: 1).isEmpty)
    }
  }

  @Test("charts and totals go on from what was written down, with what ended after it")
  func counts() async throws {
    try await withFolder { folder in
      let present = clock.now().millisecondsSince1970
      let log = ActivityLog(
        feed: LiveFeed(), clock: clock,
        past: [], counted: ActivitySnapshot(since: 7, time: present - 60_000))
      log.started(function: "F", requestID: "r")
      let routes = RouteActivity(clock: clock)
      for status in [200, 404, 500] { routes.answered(exchange(status)) }
      let queues = QueueSamples()
      queues.add(["F": .init(depth: 3, age: 100)])
      let archive = ActivityArchive(folder: folder) {
        var snapshot = ActivitySnapshot(since: log.since, time: present)
        (snapshot.functions, snapshot.gigabyteSeconds) = log.counted
        snapshot.routes = routes.saved
        snapshot.queues = queues.saved
        return snapshot
      }
      await archive.save()
      await archive.save()

      let read = try #require(ActivityArchive.load(folder: folder, now: present))
      #expect(ActivityArchive.load(folder: folder, now: present - 120_000) == nil, "written by a clock that was ahead")
      #expect(read.since == 7)
      // One that ended before the snapshot is in it; the other one ended after it.
      let later = WallClock { Date(timeIntervalSince1970: 1_800_000_020) }
      let past = [record("", at: present - 1000), record("x", at: present + 10_000)].map { one in
        var one = one
        one.endedAt = one.startedAt
        one.duration = 5
        return one
      }
      let next = ActivityLog(feed: LiveFeed(), clock: later, past: past, counted: read)
      let totals = try #require(next.totals(bins: 5).first)
      #expect((next.since, totals.invocations, totals.errors, totals.mostRunning) == (7, 1, 1, 1))
      #expect(totals.running == 0)
      #expect(totals.series.map(\.invocations) == [0, 0, 1, 0, 0])
      #expect(totals.series.map(\.concurrency) == [1, 0, 0, 0, 0])

      let route = try #require(RouteActivity(clock: later, saved: read.routes).totals(bins: 5).first)
      #expect((route.requests, route.clientErrors, route.serverErrors) == (3, 1, 1))
      #expect(route.series.map(\.invocations) == [3, 0, 0, 0, 0])
      #expect(route.median == routes.totals(bins: 1).first?.median)

      let samples = QueueSamples(saved: read.queues, missed: 4).last(5)
      #expect(samples.first?.samples.map(\.depth) == [3, 0, 0, 0, 0])
      #expect(QueueSamples(saved: read.queues, missed: FunctionActivity.count).last(5).isEmpty)
    }
  }

  @Test("counts that cannot be read begin again")
  func unreadableCounts() throws {
    try withFolder { folder in
      #expect(ActivityArchive.load(folder: folder, now: 0) == nil)
      try Data("{\"since\":1".utf8).write(to: URL(filePath: "\(folder)/counts.json"))
      #expect(ActivityArchive.load(folder: folder, now: 0) == nil)
    }
  }

  @Test("of a flood of runs some are written down, and each that failed")
  func flood() async throws {
    try await withFolder { folder in
      let history = try ActivityHistory(folder: folder)
      for _ in 0..<10 {
        for number in 0..<500 { history.append(.invocation(record("", at: Int64(number), outcome: "success"))) }
        history.append(.invocation(record("failed")))
      }
      await history.flush()
      let past = try ActivityHistory(folder: folder).load().invocations
      #expect(past.count { $0.errorMessage == "failed" } == 10)
      #expect((20..<5000).contains(past.count { $0.outcome == "success" }))
    }
  }

  @Test("an event's subject is the short values of its detail")
  func subject() {
    let payload = #"{"detail":{"key":"a.mp4","start":30,"end":59,"tsCreated":1800000000000,"nested":{}}}"#
    #expect(EventSubject(of: Array(payload.utf8), besides: "a.mp4").text == "end 59, start 30")
    #expect(EventSubject(of: Array(#"{"Records":[]}"#.utf8), besides: "").text == nil)
    let long = #"{"detail":{"start":30,"text":"\#(String(repeating: "x", count: 2000))"}}"#
    #expect(EventSubject(of: Array(long.utf8), besides: "").text == "start 30")
  }

  @Test("what is written down of a run says what it was about")
  func writtenSubject() async throws {
    try await withFolder { folder in
      let history = try ActivityHistory(folder: folder)
      let subject = EventSubject(of: Array(#"{"detail":{"start":30}}"#.utf8), besides: "")
      history.append(
        .invocation(
          InvocationRecord(
            number: 1, requestID: "r", function: "f", group: "", subject: subject, attempt: 1, startedAt: 1,
            outcome: "success")))
      await history.flush()
      #expect(try ActivityHistory(folder: folder).load().invocations.map(\.subject?.text) == ["start 30"])
    }
  }

  private func withFolder<Made>(_ body: (String) async throws -> Made) async throws -> Made {
    let folder = "\(FileManager.default.temporaryDirectory.path)/console-\(RequestID.make())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
  }

  private func withFolder<Made>(_ body: (String) throws -> Made) throws -> Made {
    let folder = "\(FileManager.default.temporaryDirectory.path)/console-\(RequestID.make())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }
}
