import Checksums
import Encodings
import FoundationEssentials
package import HTTPServer
import HTTPTypes
import Hummingbird
package import HummingbirdCore
package import Core
import S3Server

/// Decides who may use the administration API: callers with the token, or, if there is none, this machine.
///
/// A web page of another site runs on this machine too, in a browser: requests that name another host (DNS rebinding) or
/// that a page of another origin sends are refused. So are requests that a reverse proxy passes on, unless they carry the
/// token: the proxy's peer is this machine, its caller may be any.
package struct AdminGuard: RouterMiddleware {
  package let token: String?
  /// The one by which sessions are given their end.
  package let clock: WallClock
  package var proxies = TrustedProxies.none
  let guesses = GuessLimiter("administration token")

  package init(token: String?, clock: WallClock, proxies: TrustedProxies = .none) {
    self.token = token
    self.clock = clock
    self.proxies = proxies
  }

  package func handle(
    _ request: Request, context: EndpointContext, next: (Request, EndpointContext) async throws -> Response
  ) async throws -> Response {
    let source = source(of: request, context)
    if let token {
      guard hasToken(request, token) || hasSession(request, token) else {
        try await refuse(request, source, context)
      }
    } else if source.isPassedOn {
      throw HTTPError(
        .forbidden,
        message: "a reverse proxy passed this request on: set ZOETROPE_ADMIN_TOKEN, or name the proxy with "
          + "--trusted-proxy")
    } else if !source.isLocal {
      throw HTTPError(.forbidden, message: "without a token the administration API answers this machine only")
    }
    try Self.refuseOtherOrigins(request, source)
    return try await next(request, context)
  }

  /// The request as functions may see it: what opens this port is not for them.
  package func withoutCredentials(_ request: Request) -> Request {
    var head = request.head
    if let token, hasToken(request, token) { head.headerFields[.authorization] = nil }
    if let cookies = head.headerFields[.cookie] {
      let kept = cookies.split(separator: ";").map { $0.drop { $0 == " " } }
        .filter { !$0.hasPrefix("\(AdminSession.cookie)=") }
      head.headerFields[.cookie] = kept.isEmpty ? nil : kept.joined(separator: "; ")
    }
    return Request(head: head, body: request.body)
  }

  package func source(of request: Request, _ context: EndpointContext) -> RequestSource {
    RequestSource(request.head, peer: context.sourceAddress, trusted: proxies)
  }

  /// Who shows nothing is told what to show; who shows something wrong waits.
  package func refuse(_ request: Request, _ source: RequestSource, _ context: EndpointContext) async throws -> Never {
    if request.headers[.authorization] != nil || request.headers[.cookie]?.contains(AdminSession.cookie) == true {
      try await slowDown(source, context)
    }
    throw HTTPError(.unauthorized, message: "send the administration token as 'Authorization: Bearer …'")
  }

  /// - Throws: `HTTPError`, status 429, where too many guess.
  package func slowDown(_ source: RequestSource, _ context: EndpointContext) async throws {
    let address = source.address.isEmpty ? context.sourceAddress : source.address
    guard await guesses.failed(from: address, logger: context.logger) else {
      throw HTTPError(
        .tooManyRequests, headers: [.retryAfter: "10"], message: "too many wrong administration tokens")
    }
  }

  /// - Throws: `HTTPError`, status 403, for what a page of another origin sends.
  static func refuseOtherOrigins(_ request: Request, _ source: RequestSource) throws {
    let site = request.headers[.secFetchSite] ?? "none"
    guard site == "same-origin" || site == "none", request.headers[.origin].map(source.isOwn) ?? true else {
      throw HTTPError(.forbidden, message: "pages of other origins may not use the administration API")
    }
  }

  private func hasToken(_ request: Request, _ token: String) -> Bool {
    let given = request.headers[.authorization] ?? ""
    return given.hasPrefix("Bearer ") && Self.isSame(String(given.dropFirst(7)), token)
  }

  static func isSame(_ given: String, _ token: String) -> Bool {
    ConstantTime.equal(Array(given.utf8), Array(token.utf8))
  }

  /// A browser that has shown the token before.
  private func hasSession(_ request: Request, _ token: String) -> Bool {
    request.headers[.cookie].map { AdminSession(token: token).isGood($0, at: clock.now()) } ?? false
  }
}
