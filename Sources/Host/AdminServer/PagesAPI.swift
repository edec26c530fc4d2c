package import Observability
package import HTTPServer
import FoundationEssentials
import HTTPTypes
package import Hummingbird
package import HummingbirdCore
import NIOCore
package import Core
import S3Server

/// What the player and the console ask besides objects: where things are, what is going on, and the live stream.
package struct PagesAPI: Sendable {
  package let site: Site
  package let activity: ActivityLog
  package let feed: LiveFeed
  package let guardian: AdminGuard
  package let status: @Sendable () async throws -> AdminAPI.Status
  package let clock: WallClock

  /// What a page needs to know to find its way: the template's names of buckets and settings, and what the host adds.
  package struct Site: Sendable, Encodable {
    /// Buckets by the names that the template gives them for the pages.
    package var names: [String: String] = [:]
    package var settings: [String: String] = [:]
    package var readable: Set<String> = []
    package var writable: Set<String> = []
    /// Pages of other sites may frame the player (`EmbedPages`).
    package var isEmbeddable = false
    /// `AWS_ENDPOINT_URL`; nil while starting.
    package var endpoint: String?
    /// Where the live stream is: a page that looks around after this and then listens from here misses nothing.
    package var position: String?

    package func encode(to encoder: any Encoder) throws {
      var members = names.mapValues(JSONValue.string)
      for (name, text) in settings {
        members[name] = Int64(text).map(JSONValue.integer) ?? .string(text)
      }
      members["embeddable"] = .bool(isEmbeddable)
      members["endpoint"] = endpoint.map(JSONValue.string)
      members["position"] = position.map(JSONValue.string)
      try JSONValue.object(members).encode(to: encoder)
    }

    package init() {}
  }

  struct Console: Sendable, Encodable {
    var status: AdminAPI.Status
    var functions: [ActivityLog.Totals]
    /// Seconds of each element of a function's series.
    var interval: Int64
    /// Milliseconds since 1970.
    var now: Int64
    /// When counting of the functions' totals began.
    var since: Int64
  }

  struct Invocations: Sendable, Encodable {
    var invocations: [InvocationRecord]
  }

  struct Events: Sendable, Encodable {
    var events: [BusEventRecord]
  }

  private struct Credential: Decodable {
    var token: String
  }

  /// - Parameter endpoint: where the store is reached.
  package func add(to api: RouterGroup<EndpointContext>, endpoint: @escaping @Sendable () -> String?) {
    api.get("/site") { _, _ in
      var site = site
      site.endpoint = endpoint()
      site.position = feed.eventID
      return try answer(site)
    }
    api.get("/stream") { request, _ in try LiveStream(feed: feed).respond(to: request) }
    api.get("/console") { request, _ in
      let bins = try request.number("bins", default: 180, in: 1...FunctionActivity.count)
      return try answer(
        Console(
          status: try await status(), functions: activity.totals(bins: bins), interval: FunctionActivity.interval,
          now: clock.now().millisecondsSince1970, since: activity.since))
    }
    api.get("/invocations") { request, _ in
      let query = request.uri.queryParameters
      return try answer(
        Invocations(
          invocations: activity.records(
            function: query["function"].map(String.init), group: query["group"].map(String.init),
            requestID: query["requestID"].map(String.init), failedOnly: query["failed"] == "true",
            limit: try request.number("limit", default: 100, in: 1...4096))))
    }
    api.get("/bus-events") { request, _ in
      try answer(Events(events: activity.events(limit: try request.number("limit", default: 100, in: 1...1024))))
    }
  }

  /// A browser shows the token once and gets a cookie for it. Not behind the guard, whose question it answers.
  package func begin(_ request: Request, _ context: EndpointContext) async throws -> Response {
    guard let token = guardian.token else { return Response(status: .noContent) }
    let source = guardian.source(of: request, context)
    try AdminGuard.refuseOtherOrigins(request, source)
    let body = try await request.body.collect(upTo: 4096)
    guard let given = try? JSON.decode(Credential.self, from: Array(body.readableBytesView)),
      AdminGuard.isSame(given.token, token)
    else {
      try await guardian.slowDown(source, context)
      throw HTTPError(.unauthorized, message: "this is not the administration token")
    }
    let cookie = AdminSession(token: token).setCookie(at: clock.now(), isSecure: source.scheme == "https")
    return Response(status: .noContent, headers: [.setCookie: cookie])
  }

  private func answer(_ value: some Encodable) throws -> Response {
    Response(
      status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSON.encode(value))))
  }
}
