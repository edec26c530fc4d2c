import HTTPServer
import Checksums
import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Core
import S3Server

/// Who may use the administration API: whoever has the token, or, where there is none, this machine.
///
/// A web page of a stranger runs on this machine too, in a browser: requests that name another host (DNS rebinding) or
/// that a page of another origin sends are refused.
struct AdminGuard: RouterMiddleware {
  let token: String?
  /// The one by which sessions are given their end.
  let clock: WallClock

  func handle(
    _ request: Request, context: EndpointContext, next: (Request, EndpointContext) async throws -> Response
  ) async throws -> Response {
    if let token {
      guard hasToken(request, token) || hasSession(request, token) else {
        throw HTTPError(.unauthorized, message: "send the administration token as 'Authorization: Bearer …'")
      }
    } else {
      let host = NetworkHost(authority: request.head.authority ?? "")
      guard NetworkHost(context.sourceAddress).isLoopback, host?.isLoopback == true else {
        throw HTTPError(.forbidden, message: "without a token the administration API answers this machine only")
      }
    }
    try Self.refuseOtherOrigins(request)
    return try await next(request, context)
  }

  /// - Throws: `HTTPError`, status 403, for what a page of another origin sends.
  static func refuseOtherOrigins(_ request: Request) throws {
    let site = request.headers[.secFetchSite] ?? "none"
    let origin = "http://\(request.head.authority ?? "")"
    guard site == "same-origin" || site == "none", request.headers[.origin] ?? origin == origin else {
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

extension HTTPField.Name {
  static let secFetchSite = HTTPField.Name("sec-fetch-site")!
}
