import Checksums
import HTTPTypes
import Hummingbird
import HummingbirdCore
import S3Server

/// Who may use the administration API: whoever has the token, or, where there is none, this machine.
///
/// A web page of a stranger runs on this machine too, in a browser: requests that name another host (DNS rebinding) or
/// that a page of another origin sends are refused.
struct AdminGuard: RouterMiddleware {
  let token: String?

  func handle(
    _ request: Request, context: EndpointContext, next: (Request, EndpointContext) async throws -> Response
  ) async throws -> Response {
    if let token {
      let given = request.headers[.authorization] ?? ""
      guard given.hasPrefix("Bearer "),
        ConstantTime.equal(Array(given.dropFirst(7).utf8), Array(token.utf8))
      else { throw HTTPError(.unauthorized, message: "send the administration token as 'Authorization: Bearer …'") }
    } else {
      guard Self.isLoopback(context.sourceAddress), Self.isLoopback(Self.host(request.head.authority ?? "")) else {
        throw HTTPError(.forbidden, message: "without a token the administration API answers this machine only")
      }
    }
    if let site = request.headers[.secFetchSite], site != "same-origin", site != "none" {
      throw HTTPError(.forbidden, message: "pages of other origins may not use the administration API")
    }
    if let origin = request.headers[.origin], origin != "http://\(request.head.authority ?? "")" {
      throw HTTPError(.forbidden, message: "pages of other origins may not use the administration API")
    }
    return try await next(request, context)
  }

  /// The host of an authority, without its port.
  static func host(_ authority: String) -> String {
    if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
    return String(authority.prefix { $0 != ":" })
  }

  static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}

extension HTTPField.Name {
  static let secFetchSite = HTTPField.Name("sec-fetch-site")!
}
