package import EventRouting
package import Invocations
package import LocalStorage
package import Observability
package import HTTPGateway
package import HTTPServer
package import FoundationEssentials
package import FunctionHost
import HTTPTypes
package import Hummingbird
package import HummingbirdCore
import NIOCore
package import PageBundles
package import Core
import S3Server

/// The second port: metrics, health, and what the command line asks (`status`, `logs`, `dlq`).
package struct AdminAPI: Sendable {
  package let queue: any InvocationQueue
  package let logs: LogStore
  package let metrics: RuntimeMetrics
  package let guardian: AdminGuard
  package let functions: @Sendable () -> [FunctionStatus]
  package let running: @Sendable () async -> Int
  package let concurrency: Int
  /// Shares of free slots, by function.
  package let weights: [String: Int]
  package let addresses: @Sendable () -> HostAddresses?
  package let startedAt: Date
  package let clock: WallClock
  /// nil where objects are kept here.
  package let notifications: StoreWebhook?
  package let activity: ActivityLog
  package let feed: LiveFeed
  /// Files that this port serves.
  package let pages: [WebPage]
  package let site: PagesAPI.Site
  /// nil if the pages can show no bucket: the template names none, or they are kept elsewhere.
  package let store: StoreProxy?
  /// nil, as `store`.
  package let newest: NewestObjects?
  /// nil if the buckets of the pages are not public.
  package let embed: EmbedPages?

  package let console: ConsoleAPI

  /// The functions' routes, which the pages reach here as well.
  package let gateway: Gateway

  package init(
    queue: any InvocationQueue, logs: LogStore, metrics: RuntimeMetrics, guardian: AdminGuard,
    functions: @escaping @Sendable () -> [FunctionStatus], running: @escaping @Sendable () async -> Int,
    concurrency: Int, weights: [String: Int], addresses: @escaping @Sendable () -> HostAddresses?, startedAt: Date,
    clock: WallClock,
    notifications: StoreWebhook?, activity: ActivityLog,
    feed: LiveFeed, pages: [WebPage], site: PagesAPI.Site, store: StoreProxy?, newest: NewestObjects?,
    embed: EmbedPages?,
    console: ConsoleAPI, gateway: Gateway
  ) {
    self.queue = queue
    self.logs = logs
    self.metrics = metrics
    self.guardian = guardian
    self.functions = functions
    self.running = running
    self.concurrency = concurrency
    self.weights = weights
    self.addresses = addresses
    self.startedAt = startedAt
    self.clock = clock
    self.notifications = notifications
    self.activity = activity
    self.feed = feed
    self.pages = pages
    self.site = site
    self.store = store
    self.newest = newest
    self.embed = embed
    self.console = console
    self.gateway = gateway
  }

  /// To be mounted in an `EndpointResponder`, as uploads come this way.
  package func respond(to request: Request, context: EndpointContext, router: some HTTPResponder<EndpointContext>)
    async throws
    -> Response
  {
    ContentCoding.apply(to: try await answer(to: request, context: context, router: router), of: request.head)
  }

  private func answer(to request: Request, context: EndpointContext, router: some HTTPResponder<EndpointContext>)
    async throws
    -> Response
  {
    do {
      let response = try await router.respond(to: request, context: context)
      // Without a body: this port has no such path of its own.
      guard response.status == .notFound, response.body.contentLength == 0, gateway.takes(request.head) else {
        return response
      }
      // Behind the guard the caller is this machine's user.
      return try await guardian.handle(request, context: context) {
        await gateway.respond(to: guardian.withoutCredentials($0), context: $1, isLocal: true)
      }
    } catch let error as any HTTPResponseError {
      return try error.response(from: request, context: context)
    }
  }

  package var router: Router<EndpointContext> {
    let router = Router(context: EndpointContext.self)
    PageFiles(pages, embedPolicy: embed?.policy).add(to: router)
    embed?.add(to: router)
    router.get("/health") { _, _ in
      // Up once functions can run; before that a load balancer should wait.
      addresses() == nil ? text("starting\n", .serviceUnavailable) : text("ok\n")
    }
    // Not for every caller: what runs, how often and how it fails says much.
    router.group("/metrics").add(middleware: guardian).get { _, _ in
      text(try await metricsText(), contentType: "text/plain; version=0.0.4; charset=utf-8")
    }
    let api = router.group("/api").add(middleware: guardian)
    api.get("/status") { _, _ in try json(await status()) }
    api.get("/dead-letters") { request, _ in try json(await deadLetters(request)) }
    api.post("/dead-letters/redrive") { request, _ in try json(await redrive(request)) }
    api.delete("/dead-letters") { request, _ in try json(await purge(request)) }
    api.get("/logs") { request, _ in try json(await lines(request)) }
    if let notifications { api.post("/notifications") { request, _ in try json(await notifications.receive(request)) } }
    let pagesAPI = PagesAPI(
      site: site, activity: activity, feed: feed, guardian: guardian, status: status, clock: clock)
    pagesAPI.add(to: api) { addresses()?.endpoint }
    console.add(to: api)
    router.post("/api/session", use: pagesAPI.begin)
    if let newest { api.get("/objects") { request, _ in try await newest.respond(to: request) } }
    if let store {
      let objects = router.group(RouterPath(StoreProxy.prefix)).add(middleware: guardian)
      for method in [HTTPRequest.Method.get, .head, .put, .post, .delete] {
        objects.on("/**", method: method, use: store.respond)
      }
    }
    return router
  }

  // MARK: Status

  package struct Status: Codable, Sendable {
    package struct Function: Codable, Sendable {
      package var name: String
      package var starting: Int
      package var idle: Int
      package var busy: Int
      package var waiting: Int
      package var maximumEnvironments: Int
      package var queued: Int
      package var oldestQueuedAt: String?
      package var deadLetters: Int
    }

    package var endpoint: String?
    package var admin: String?
    package var startedAt: String
    package var running: Int
    package var concurrency: Int
    package var functions: [Function]
  }

  private func status() async throws -> Status {
    let depths = try await queue.depths()
    let known = functions()
    // Work of a function that the template has no longer is shown: otherwise it stays unknown.
    let gone = depths.keys.filter { name in !known.contains { $0.function == name } }.sorted()
    let all =
      known
      + gone.map {
        FunctionStatus(function: $0, starting: 0, idle: 0, busy: 0, waiting: 0, maximumEnvironments: 0)
      }
    return Status(
      endpoint: addresses()?.endpoint, admin: addresses()?.admin, startedAt: startedAt.iso8601(),
      running: await running(), concurrency: concurrency,
      functions: all.map { function in
        let depth = depths[function.function]
        return Status.Function(
          name: function.function, starting: function.starting, idle: function.idle, busy: function.busy,
          waiting: function.waiting, maximumEnvironments: function.maximumEnvironments, queued: depth?.queued ?? 0,
          oldestQueuedAt: depth?.oldest?.iso8601(milliseconds: true), deadLetters: depth?.deadLetters ?? 0)
      })
  }

  /// All metrics, in Prometheus' text format.
  package func metricsText() async throws -> String { metrics.text(gauges: try await gauges()) }

  private func gauges() async throws -> [RuntimeMetrics.Gauge] {
    // Functions that have nothing to do are at 0, not absent.
    let idle = Dictionary(functions().map { ($0.function, QueueDepth(queued: 0, deadLetters: 0)) }) { first, _ in first
    }
    let depths = try await queue.depths().merging(idle) { known, _ in known }
    let now = clock.now()
    var gauges: [RuntimeMetrics.Gauge] = []
    func add(_ name: String, _ help: String, _ labels: [(String, String)], _ value: Double) {
      gauges.append(RuntimeMetrics.Gauge(name: name, help: help, labels: labels, value: value))
    }
    for (name, depth) in depths.sorted(by: { $0.key < $1.key }) {
      add("zoetrope_queue_depth", "Invocations waiting or running.", [("function", name)], Double(depth.queued))
    }
    for (name, weight) in weights.sorted(by: { $0.key < $1.key }) {
      add(
        "zoetrope_queue_weight", "Share of free slots among functions with work.", [("function", name)], Double(weight))
    }
    for (name, depth) in depths.sorted(by: { $0.key < $1.key }) {
      let age = depth.oldest.map { max(0, now.timeIntervalSince($0)) } ?? 0
      add("zoetrope_queue_age_seconds", "Age of the oldest queued invocation.", [("function", name)], age)
    }
    for (name, depth) in depths.sorted(by: { $0.key < $1.key }) {
      add("zoetrope_dead_letters", "Dead letters that are kept.", [("function", name)], Double(depth.deadLetters))
    }
    for function in functions() {
      for (state, count) in [("starting", function.starting), ("idle", function.idle), ("busy", function.busy)] {
        add(
          "zoetrope_environments", "Function processes, by state.",
          [("function", function.function), ("state", state)], Double(count))
      }
    }
    return gauges
  }

  // MARK: Dead letters

  struct Letter: Codable, Sendable {
    var id: Int64
    var requestID: String
    var function: String
    /// What the invocation belongs to (the source object's key); absent if that is not known.
    var group: String?
    var queue: String?
    var condition: String
    var attempts: Int
    var errorType: String
    var errorMessage: String
    var enqueuedAt: String
    var diedAt: String
    /// The original event; text where it is not JSON.
    var event: JSONValue
  }

  package struct Letters: Codable, Sendable {
    var deadLetters: [Letter]
    /// Pass as `after` to get more; absent at the end.
    package var next: Int64?
  }

  package struct Count: Codable, Sendable {
    package var count: Int
  }

  private func deadLetters(_ request: Request) async throws -> Letters {
    let limit = try request.number("limit", default: 100, in: 1...1000)
    let after = try request.number("after", default: 0, in: 0...Int.max)
    let letters = try await queue.deadLetters(after: Int64(after), limit: limit)
    return Letters(
      deadLetters: letters.map { letter in
        let (invocation, death) = (letter.invocation, letter.death)
        return Letter(
          id: letter.number, requestID: invocation.id, function: invocation.function,
          group: invocation.messageGroupID.isEmpty ? nil : invocation.messageGroupID, queue: death.queue,
          condition: death.condition.rawValue, attempts: death.attempts, errorType: death.errorType,
          errorMessage: death.errorMessage, enqueuedAt: invocation.enqueuedAt.iso8601(milliseconds: true),
          diedAt: death.at.iso8601(milliseconds: true),
          event: (try? JSON.decode(from: invocation.payload))
            ?? .string(String(decoding: invocation.payload, as: UTF8.self)))
      },
      next: letters.count == limit ? letters.last?.number : nil)
  }

  private func redrive(_ request: Request) async throws -> Count {
    let moved = try await queue.redrive(ids(request), at: clock.now())
    activity.lettersChanged()
    return Count(count: moved.count)
  }

  private func purge(_ request: Request) async throws -> Count {
    let count = try await queue.purge(ids(request), before: nil)
    activity.lettersChanged()
    return Count(count: count)
  }

  /// `id=1&id=2`, or `all=true`; nothing at all is refused, as a typing error should not empty the queue.
  private func ids(_ request: Request) throws -> [Int64]? {
    let texts = request.uri.queryParameters.getAll("id")
    if texts.isEmpty, request.uri.queryParameters["all"] == "true" { return nil }
    let ids = texts.compactMap { Int64($0) }
    guard !ids.isEmpty, ids.count == texts.count, ids.count <= 10_000 else {
      throw HTTPError(
        .badRequest, message: "name 1 to 10,000 dead letters with id=NUMBER, or all of them with all=true")
    }
    return ids
  }

  // MARK: Logs

  package struct Lines: Codable, Sendable {
    package var lines: [LogStore.Line]
    /// Pass as `after` to get what comes next.
    package var next: Int
  }

  private func lines(_ request: Request) async throws -> Lines {
    let limit = try request.number("limit", default: 1000, in: 1...5000)
    let wait = try request.number("wait", default: 0, in: 0...30)
    let query = request.uri.queryParameters
    var filter = LogFilter()
    filter.function = query["function"].map(String.init)
    filter.requestID = query["requestID"].map(String.init)
    filter.since = Int64(try request.number("since", default: 0, in: 0...Int.max))
    if let text = query["level"] {
      guard let level = LogLevel(name: String(text)) else {
        throw HTTPError(.badRequest, message: "level must be one of \(LogLevel.names)")
      }
      filter.level = level
    }
    let group = query["group"].map(String.init)
    let after = try request.number("after", default: -1, in: -1...Int.max)
    func find() -> Lines {
      var filter = filter
      // Those that have begun since belong to it as well.
      if let group { filter.requestIDs = activity.requestIDs(group: group) }
      let (lines, next) =
        after < 0 ? logs.last(limit, matching: filter) : logs.lines(after: after, limit: limit, matching: filter)
      return Lines(lines: lines, next: next)
    }
    let found = find()
    guard found.lines.isEmpty, wait > 0 else { return found }
    await logs.wait(after: found.next, timeout: .seconds(wait))
    return find()
  }

  // MARK: Answers

  private func json(_ value: some Encodable) throws -> Response {
    Response(
      status: .ok, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSON.encode(value))))
  }

  private func text(
    _ text: String, _ status: HTTPResponse.Status = .ok, contentType: String = "text/plain; charset=utf-8"
  ) -> Response {
    Response(
      status: status, headers: [.contentType: contentType],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}

extension Request {
  /// A whole number of the query.
  ///
  /// - Throws: `HTTPError` where it is none, or not in the range.
  package func number(_ name: String, default value: Int, in range: ClosedRange<Int>) throws -> Int {
    guard let text = uri.queryParameters[name[...]] else { return value }
    guard let number = Int(text), range.contains(number) else {
      throw HTTPError(
        .badRequest, message: "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }
}
