import Core
package import HTTPTypes

/// Who sent a request and under which address, as far as that can be known behind reverse proxies.
///
/// What a proxy says (`Forwarded`, `X-Forwarded-For`, `-Host`, `-Proto`) is taken from trusted proxies only. From any other
/// peer these fields mean that a proxy passed the request on, so that nothing is known of the caller.
package struct RequestSource: Sendable, Equatable {
  /// The caller's IP address; empty where unknown.
  package let address: String
  /// `http` or `https`.
  package let scheme: String
  /// `Host`, as the caller wrote it.
  package let authority: String
  /// Passed on by a proxy that is not trusted.
  package let isPassedOn: Bool

  private static let fields = [
    "forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "x-forwarded-server",
    "x-real-ip", "via", "cf-connecting-ip", "true-client-ip", "x-client-ip",
  ]

  /// - Parameter peer: the address of the other end of the connection.
  package init(_ request: HTTPRequest, peer: String, trusted: TrustedProxies) {
    let fields = request.headerFields
    let host = request.authority ?? ""
    guard trusted.contains(peer) else {
      isPassedOn = Self.fields.contains { fields.value($0) != nil }
      address = isPassedOn ? "" : peer
      scheme = "http"
      authority = host
      return
    }
    isPassedOn = false
    var client: String?
    var scheme: String?
    var authority: String?
    if let text = fields.value("forwarded") {
      // RFC 7239: the last element is the nearest proxy's.
      let elements = text.split(separator: ",").map { Self.parameters($0) }
      client = Self.client(elements.map { $0["for"] ?? "" }, trusted: trusted)
      scheme = elements.last?["proto"]
      authority = elements.last?["host"]
    } else {
      let chain = (fields.value("x-forwarded-for") ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
      client = Self.client(chain, trusted: trusted)
      scheme = Self.last(fields.value("x-forwarded-proto"))
      authority = Self.last(fields.value("x-forwarded-host"))
    }
    address = client ?? peer
    self.scheme = scheme?.lowercased() == "https" ? "https" : "http"
    self.authority = authority ?? host
  }

  /// This machine itself, asked under one of its own names.
  package var isLocal: Bool {
    !isPassedOn && NetworkHost(address).isLoopback && NetworkHost(authority: authority)?.isLoopback == true
  }

  /// Whether a page's `Origin` is the address that was asked. Behind a proxy that ends TLS and is not known as one, the
  /// page says `https` while the request came as `http`.
  package func isOwn(origin: String) -> Bool {
    guard let end = origin.firstRange(of: "://") else { return false }
    let scheme = origin[..<end.lowerBound]
    return (scheme == self.scheme || scheme == "https") && !authority.isEmpty && origin[end.upperBound...] == authority
  }

  /// The last address of a chain that is no trusted proxy, as every proxy adds its peer at the end.
  private static func client(_ chain: [String], trusted: TrustedProxies) -> String? {
    let addresses = chain.map { part in
      let text = part.filter { $0 != "\"" }
      if text.hasPrefix("[") { return String(text.dropFirst().prefix { $0 != "]" }) }
      return text.filter { $0 == ":" }.count == 1 ? String(text.prefix { $0 != ":" }) : text
    }
    return addresses.last { !trusted.contains($0) } ?? addresses.first
  }

  private static func last(_ text: String?) -> String? {
    text?.split(separator: ",").last.map { String($0.filter { $0 != " " }) }
  }

  private static func parameters(_ element: Substring) -> [String: String] {
    var parameters: [String: String] = [:]
    for pair in element.split(separator: ";") {
      let parts = pair.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { continue }
      parameters[parts[0].filter { $0 != " " }.lowercased()] = parts[1].filter { $0 != "\"" && $0 != " " }
    }
    return parameters
  }
}

extension HTTPField.Name {
  package static let secFetchSite = HTTPField.Name("sec-fetch-site")!
}
