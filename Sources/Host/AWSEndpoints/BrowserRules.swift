import Core
package import HTTPServer
package import HTTPTypes
import SigV4

/// Which requests of browsers the AWS endpoint takes: a page of another site runs on this machine too.
///
/// Without these rules such a page could use any keys that it knows, under a name of its own that it lets point to this
/// machine (DNS rebinding), or by requests that need no preflight.
package struct BrowserRules: Sendable {
  enum Decision: Equatable {
    case take
    /// From a page of another origin: only what its bucket's CORS configuration allows, or what carries its permission in
    /// itself.
    case takeAsForeign
    case refuse(String)
  }

  /// Nothing but this machine reaches the port.
  package let isLocal: Bool
  package let proxies: TrustedProxies
  /// Hosts whose subdomains are buckets.
  package let baseDomains: [String]

  package init(isLocal: Bool, proxies: TrustedProxies, baseDomains: [String]) {
    self.isLocal = isLocal
    self.proxies = proxies
    self.baseDomains = baseDomains
  }

  func decision(_ request: HTTPRequest, peer: String) -> Decision {
    let source = RequestSource(request, peer: peer, trusted: proxies)
    if isLocal, !proxies.contains(peer), let authority = request.authority, !isOwnName(authority) {
      return .refuse(
        "'\(authority.prefix(100))' is no name of this machine; behind a reverse proxy, name the proxy with --trusted-proxy"
      )
    }
    let site = request.headerFields[.secFetchSite] ?? "none"
    let isOwn = site == "same-origin" || site == "none"
    return isOwn && request.headerFields[.origin].map(source.isOwn) ?? true ? .take : .takeAsForeign
  }

  private func isOwnName(_ authority: String) -> Bool {
    guard let host = NetworkHost(authority: authority) else { return false }
    let name = host.name.lowercased()
    return host.isLoopback || NetworkHost(name).isLoopback
      || baseDomains.contains { name == $0 || name.hasSuffix(".\($0)") }
  }
}
