package import EventRouting
import Encodings
import FoundationEssentials
package import HTTPGateway
package import HTTPServer
import HTTPTypes
package import Hummingbird
import HummingbirdCore
import LambdaEvents
import NIOCore
package import Core
package import Observability
import S3Server

/// What the console asks besides the totals of functions: routes, queues, jobs, schedules, nodes, failures, the log.
package struct ConsoleAPI: Sendable {
  package let activity: ActivityLog
  package let routes: RouteActivity
  package let queues: QueueSamples
  package let jobs: JobWatch
  package let logs: LogStore
  /// Where jobs' documents are read.
  package let store: any ReferenceStore
  package let schedules: @Sendable () async -> [ScheduleStatus]
  package let nodes: @Sendable () async throws -> [NodeStatus]
  package let clock: WallClock

  package init(
    activity: ActivityLog, routes: RouteActivity, queues: QueueSamples, jobs: JobWatch, logs: LogStore,
    store: any ReferenceStore, schedules: @escaping @Sendable () async -> [ScheduleStatus],
    nodes: @escaping @Sendable () async throws -> [NodeStatus], clock: WallClock
  ) {
    self.activity = activity
    self.routes = routes
    self.queues = queues
    self.jobs = jobs
    self.logs = logs
    self.store = store
    self.schedules = schedules
    self.nodes = nodes
    self.clock = clock
  }

  private static let mostRecords = 4096
  private static let longestDocument = 256 << 10

  package func add(to api: RouterGroup<EndpointContext>) {
    api.get("/routes") { request, _ in
      let bins = try request.number("bins", default: 60, in: 1...FunctionActivity.count)
      return try answer(
        Series(
          interval: FunctionActivity.interval, now: now, since: activity.since, routes: routes.totals(bins: bins),
          queues: nil))
    }
    api.get("/queues") { request, _ in
      let bins = try request.number("bins", default: 60, in: 1...FunctionActivity.count)
      return try answer(
        Series(
          interval: FunctionActivity.interval, now: now, since: activity.since, routes: nil, queues: queues.last(bins)))
    }
    api.get("/jobs") { request, _ in
      try answer(["jobs": try await newestJobs(try request.number("limit", default: 50, in: 1...JobWatch.capacity))])
    }
    api.get("/schedules") { _, _ in try answer(["schedules": await schedules()]) }
    api.get("/nodes") { _, _ in try answer(["nodes": try await nodes()]) }
    api.get("/failures") { request, _ in
      let limit = try request.number("limit", default: 100, in: 1...1000)
      return try answer(
        ["failures": FailureGroup.of(activity.records(failedOnly: true, limit: Self.mostRecords), limit: limit)])
    }
    api.get("/logs/search") { request, _ in
      let limit = try request.number("limit", default: 200, in: 1...1000)
      let before = try request.number("before", default: 0, in: 0...Int.max)
      let found = logs.search(try search(request), before: before == 0 ? nil : before, limit: limit)
      return try answer(Found(lines: found.lines.map(Found.Line.init), next: found.next))
    }
  }

  private var now: Int64 { clock.now().millisecondsSince1970 }

  private struct Series: Encodable {
    var interval: Int64
    /// Milliseconds since 1970.
    var now: Int64
    /// When counting began.
    var since: Int64
    var routes: [RouteActivity.Totals]?
    var queues: [QueueSamples.Series]?
  }

  private struct Found: Encodable {
    struct Line: Encodable {
      var cursor: Int
      var time: Int64
      var function: String
      var requestID: String?
      var level: LogLevel
      var text: String

      init(_ line: LogStore.Line) {
        cursor = line.cursor
        time = line.time
        function = line.function
        requestID = line.requestID
        level = LogLevel(of: line.text)
        text = line.text
      }
    }

    var lines: [Line]
    var next: Int?
  }

  private func search(_ request: Request) throws -> LogFilter {
    let query = request.uri.queryParameters
    func text(_ name: String) -> String? {
      query[name[...]].map(String.init).flatMap { $0.isEmpty ? nil : $0 }
    }
    var search = LogFilter()
    search.text = text("q")
    search.function = text("function")
    search.requestID = text("requestID")
    if text("from") != nil { search.since = Int64(try request.number("from", default: 0, in: 0...Int.max)) }
    if text("to") != nil { search.until = Int64(try request.number("to", default: 0, in: 0...Int.max)) }
    if let level = text("level") {
      guard let known = LogLevel(name: level) else {
        throw HTTPError(.badRequest, message: "level must be one of \(LogLevel.names)")
      }
      search.level = known
    }
    return search
  }

  // MARK: Jobs

  /// A job as far as the job kit's document tells, which all services share.
  private struct Job: Encodable {
    var bucket: String
    var key: String
    var id: String
    var kind: String
    var status: String
    var percent: Int
    var secondsLeft: Int?
    var parts: Int
    var error: String?
    /// A path of the template's routes.
    var cancelPath: String?
    var createdAt: Int64?
    var updatedAt: Int64?
  }

  private func newestJobs(_ limit: Int) async throws -> [Job] {
    var found: [Job] = []
    for place in jobs.newest(limit) {
      guard let stored = try await store.read(place.key, in: place.bucket, limit: Self.longestDocument),
        let document = try? JSON.decode(JSONValue.self, from: Array(stored.bytes.readableBytesView)).objectValue
      else { continue }
      var progress = JobProgress()
      progress.setDocument(stored.bytes.readableBytesView)
      if progress.status == "processing" {
        for (key, _) in try await store.list(place.records, in: place.bucket, limit: JobWatch.capacity) {
          guard let record = try await store.read(key, in: place.bucket, limit: 64 << 10) else { continue }
          progress.setRecord(key, record.etag, record.bytes.readableBytesView)
        }
      }
      let report = progress.report(now: clock.now().timeIntervalSince1970 * 1000)
      let isUnderWay = progress.phase == .underWay
      found.append(
        Job(
          bucket: place.bucket, key: place.key, id: document["id"]?.stringValue ?? place.key,
          kind: document["kind"]?.stringValue ?? "", status: progress.status,
          percent: progress.phase == .done ? 100 : isUnderWay ? report.percent : 0,
          secondsLeft: isUnderWay ? report.secondsLeft : nil, parts: document["parts"]?.intValue ?? 0,
          error: document["error"]?["message"]?.stringValue,
          cancelPath: isUnderWay ? document["cancelPath"]?.stringValue.flatMap(Self.path) : nil,
          createdAt: document["createdAt"]?.intValue.map { Int64($0) },
          updatedAt: document["updatedAt"]?.intValue.map { Int64($0) }))
    }
    return found
  }

  /// A page sends requests to paths of its own origin only.
  private static func path(_ text: String) -> String? { text.hasPrefix("/") && !text.hasPrefix("//") ? text : nil }

  private func answer(_ value: some Encodable) throws -> Response {
    Response(
      status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSON.encode(value))))
  }
}

/// A machine that runs functions.
package struct NodeStatus: Sendable, Encodable {
  /// The same at every start with the same data folder.
  package var name: String
  package var hostName: String?
  /// The node that answers.
  package var isThis: Bool
  package var startedAt: Int64?
  /// When it last gave a sign of life; milliseconds since 1970.
  package var seenAt: Int64?
  package var processors: Int?
  package var slots: Int?
  package var running: Int?
  /// Resident memory of the host's own process, bytes.
  package var memory: Int64?

  package init(name: String, isThis: Bool) {
    self.name = name
    self.isThis = isThis
  }
}
