import Conversions
package import Core
import Encodings
import FoundationEssentials
package import HTTPTransport
package import LambdaEvents
package import Logging
import ObjectCache
import RemoteFetch
import S3Protocol
package import ObjectStore
package import EventBus

/// `GET /token`, `GET /convert` and `/convert.gif`, and the hourly clean-up.
package struct ConversionAPI: Sendable {
  private static let peerTime = Duration.seconds(2)

  private let settings: ConversionSettings
  private let store: any ObjectStore
  private let tokens: ConversionTokens
  private let queue: ConversionQueue
  private let places: ConversionPlaces
  private let uses: LastUse
  private let http: any HTTPClient
  private let clock: WallClock
  private let logger: Logger

  package init(
    settings: ConversionSettings, store: any ObjectStore, publisher: any EventPublisher, http: any HTTPClient,
    clock: WallClock = .system, logger: Logger
  ) {
    self.settings = settings
    self.store = store
    self.http = http
    self.clock = clock
    self.logger = logger
    tokens = ConversionTokens(store: store, settings: settings, clock: clock)
    queue = ConversionQueue(store: store, publisher: publisher, settings: settings, clock: clock)
    places = ConversionPlaces(bucket: settings.bucket)
    uses = LastUse(store: store, timeToLive: settings.resultLife)
  }

  /// `/token`: who may convert gets an address for it, and the conversion begins.
  package func token(_ event: HTTPEvent) async throws -> HTTPResult {
    try await answering {
      try authorize(event)
      var parameters = try ConversionParameters(query: event.queryStringParameters, limits: settings.limits)
      switch parameters.source {
      case .remote(let url):
        try checkHost(url)
        if let answer = await forwarded(event, url) { return answer }
      case .stored(let video): parameters.source = .stored(try await known(video, to: event))
      }
      let (token, expires) = try await tokens.issue(parameters)
      try await start(parameters)
      return try HTTPResult.json(
        JSONValue.object([
          "url": .string("\(settings.baseURL)/convert.gif?token=\(token)"), "token": .string(token),
          "expires": .integer(expires / 1000), "key": parameters.document,
        ]))
    }
  }

  /// `/convert`: the result, while it is made or from the cache.
  package func convert(_ event: HTTPEvent) async throws -> HTTPResult {
    try await answering {
      guard let token = event.queryStringParameters["token"], !token.isEmpty else {
        throw ConversionError(.badParameter, "the parameter 'token' is required")
      }
      let parameters = try await tokens.parameters(of: token)
      try await start(parameters)
      let entry = places.entry(parameters.key)
      let limits = HTTPResult.FollowLimits(
        firstByte: Int(settings.firstByteTimeout / .seconds(1)), total: Int(settings.longestStream / .seconds(1)))
      return .reference(
        .follow(bucket: entry.bucket, prefix: entry.prefix, key: entry.key, limits: limits),
        headers: [
          .init("content-type", "image/gif"),
          .init("content-disposition", "inline; filename=\"video-\(token.prefix(8)).gif\""),
          .init("cache-control", "public, max-age=\(Int(settings.resultLife / .seconds(1)))"),
          .init("x-content-type-options", "nosniff"),
        ])
    }
  }

  /// The answer for a conversion that failed: `{"statusCode", "error", "message"}`.
  package func answer(to status: Int, _ error: String, _ message: String) throws -> HTTPResult {
    try HTTPResult.json(
      JSONValue.object([
        "statusCode": .integer(Int64(status)), "error": .string(error), "message": .string(message),
      ]), status: status)
  }

  /// Removes expired tokens, results that were not asked for or are too many, and what lost queues have left.
  package func sweep() async throws -> JSONValue {
    let removed = try await tokens.sweep()
    let left = try await queue.sweep()
    let report = try await CacheSweep(store: store, clock: clock).run(
      bucket: settings.bucket, root: ConversionPlaces.results, maximumBytes: settings.maximumCacheBytes,
      timeToLive: settings.resultLife)
    ConversionMetrics.swept(report, tokens: removed)
    return .object([
      "tokens": .integer(Int64(removed)), "entries": .integer(Int64(report.entries)),
      "bytes": .integer(report.bytes), "expired": .integer(Int64(report.expired)),
      "evicted": .integer(Int64(report.evicted)), "markers": .integer(Int64(left)),
    ])
  }

  // MARK: Steps

  private func start(_ parameters: ConversionParameters) async throws {
    do {
      try await uses.note(places.entry(parameters.key))
    } catch {
      logger.warning("the use of a result was not noted", metadata: ["error": "\(error)"])
    }
    if try await queue.start(parameters) { ConversionMetrics.hit() } else { ConversionMetrics.miss() }
  }

  private func checkHost(_ url: RemoteURL) throws(ConversionError) {
    do {
      try settings.hosts.check(url)
    } catch {
      throw ConversionError(.hostNotAllowed, error.message)
    }
  }

  /// A stored video with its ETag. Only this machine's user may name one: others have no business in the store.
  private func known(_ video: StoredVideo, to event: HTTPEvent) async throws -> StoredVideo {
    guard event.isLocal, settings.sourceBuckets.contains(video.bucket) else {
      throw ConversionError(
        .hostNotAllowed, "videos of the bucket '\(video.bucket)' are not converted for this caller")
    }
    do {
      var video = video
      video.etag = try await store.head(video.key, in: video.bucket).etag.value
      return video
    } catch let error as ObjectStoreError where error.httpStatus == 404 {
      throw ConversionError(.sourceFailed, "there is no object \(video)")
    }
  }

  private func authorize(_ event: HTTPEvent) throws(ConversionError) {
    // The guard of the pages' port has let this machine's user pass.
    if event.isLocal { return }
    if let given = BasicAuthorization(event.headers["authorization"]),
      given.matches(username: settings.username, password: settings.password)
    {
      return
    }
    throw ConversionError(
      .unauthorized,
      settings.password.isEmpty
        ? "no caller is allowed: set TOKEN_AUTH_USERNAME and TOKEN_AUTH_PASSWORD"
        : "the user name or the password is wrong")
  }

  /// The answer of the instance that the source belongs to; `nil` where that is this one, or does not answer in time.
  private func forwarded(_ event: HTTPEvent, _ url: RemoteURL) async -> HTTPResult? {
    guard event.headers[ConversionPeers.header] == nil,
      let peer = ConversionPeers.choose(
        for: url.description, among: settings.peers, own: settings.baseURL)
    else { return nil }
    var request = HTTPRequest(url: "\(peer)/token?\(event.rawQueryString)")
    request.headers.add("Authorization", event.headers["authorization"] ?? "")
    request.headers.add(ConversionPeers.header, "1")
    request.connectTimeout = Self.peerTime
    request.totalTimeout = Self.peerTime
    request.maximumResponseBytes = 64 << 10
    do {
      let response = try await http.send(request)
      if response.status == 200 { return .bytes(response.body, contentType: "application/json") }
      logger.warning("a peer refused a request", metadata: ["peer": "\(peer)", "status": "\(response.status)"])
    } catch {
      logger.warning("a peer did not answer", metadata: ["peer": "\(peer)", "error": "\(error)"])
    }
    return nil
  }

  /// Errors of the request become answers; errors of the store are thrown on.
  private func answering(_ body: () async throws -> HTTPResult) async throws -> HTTPResult {
    do {
      return try await body()
    } catch let error as ConversionError {
      ConversionMetrics.refused(error.kind.status)
      var result = try HTTPResult.json(error.document, status: error.kind.status)
      if error.kind == .unauthorized {
        result.headers.append(.init("www-authenticate", "Basic realm=\"zoetrope\", charset=\"UTF-8\""))
      }
      if error.kind == .queueFull { result.headers.append(.init("retry-after", "5")) }
      return result
    }
  }
}
