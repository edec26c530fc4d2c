import Core
import Encodings
package import HTTPServer
import HTTPTypes
package import HummingbirdCore
import NIOCore
package import Passwords

/// `/metrics/NAME` on the functions' port: the metrics of some functions, for callers with a user name and a password.
/// `/metrics` itself, which would say more, is refused there.
package struct MetricsPages: Sendable {
  package static let root = "/metrics"

  package struct Configuration: Sendable, Equatable {
    package var username: String
    /// nil: no caller is admitted.
    package var hash: BcryptHash?
    /// Names of the variables, for what the answer says.
    package var variables: [String]
    /// By the pages' names.
    package var pages: [String: MetricsSelection]

    package init(username: String, hash: BcryptHash?, variables: [String], pages: [String: MetricsSelection]) {
      self.username = username
      self.hash = hash
      self.variables = variables
      self.pages = pages
    }
  }

  private let configuration: Configuration
  private let passwords: PasswordCheck?
  private let guesses = GuessLimiter("password of the metrics")
  private let proxies: TrustedProxies
  private let text: @Sendable () async throws -> String

  /// - Parameters:
  ///   - proxies: are asked for their callers.
  ///   - text: all metrics, in Prometheus' text format.
  package init(
    _ configuration: Configuration, proxies: TrustedProxies = .none, text: @escaping @Sendable () async throws -> String
  ) {
    self.configuration = configuration
    passwords = configuration.hash.map { PasswordCheck(username: configuration.username, hash: $0) }
    self.proxies = proxies
    self.text = text
  }

  /// - Returns: nil for requests of other paths.
  package func respond(to request: Request, context: EndpointContext) async throws -> Response? {
    let path = (request.head.path ?? "").prefix { $0 != "?" && $0 != "#" }
    if path == Self.root || path == "\(Self.root)/" {
      return Self.refusal(.forbidden, "these metrics are not shown here; see \(names)")
    }
    guard path.hasPrefix("\(Self.root)/"),
      let page = configuration.pages[String(path.dropFirst(Self.root.count + 1))]
    else { return nil }
    guard request.method == .get || request.method == .head else {
      return Self.refusal(.methodNotAllowed, "metrics are read by GET")
    }
    if let refusal = try await authorize(request, context) { return refusal }
    let body = page.text(of: try await text())
    let response = Response(
      status: .ok,
      headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    return request.method == .head ? response.createHeadResponse() : response
  }

  private var names: String { configuration.pages.keys.sorted().map { "\(Self.root)/\($0)" }.joined(separator: ", ") }

  /// - Returns: what the caller is told instead; nil if it may read.
  private func authorize(_ request: Request, _ context: EndpointContext) async throws -> Response? {
    guard let passwords else {
      return Self.unauthorized("no caller is allowed: set \(configuration.variables.joined(separator: " and "))")
    }
    guard let given = BasicAuthorization(request.headers[.authorization]) else {
      return Self.unauthorized("send a user name and a password (HTTP Basic)")
    }
    let source = RequestSource(request.head, peer: context.sourceAddress, trusted: proxies)
    let address = source.address.isEmpty ? context.sourceAddress : source.address
    switch try await passwords.check(username: given.username, password: given.password, from: address) {
    case .right: return nil
    case .refused: return Self.tooMany()
    case .wrong:
      return await guesses.failed(from: address, logger: context.logger)
        ? Self.unauthorized("the user name or the password is wrong") : Self.tooMany()
    }
  }

  private static func unauthorized(_ message: String) -> Response {
    var response = refusal(.unauthorized, message)
    response.headers[.wwwAuthenticate] = "Basic realm=\"zoetrope metrics\", charset=\"UTF-8\""
    return response
  }

  private static func tooMany() -> Response {
    var response = refusal(.tooManyRequests, "too many wrong passwords; try again later")
    response.headers[.retryAfter] = "60"
    return response
  }

  private static func refusal(_ status: HTTPResponse.Status, _ message: String) -> Response {
    let document = JSONValue.object([
      "statusCode": .integer(Int64(status.code)), "error": .string(status.reasonPhrase), "message": .string(message),
    ])
    return Response(
      status: status, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: (try? JSON.encode(document)) ?? [])))
  }
}
