package import HTTPTypes
import HTTPServer

/// What a request's target and `Host` come to.
package struct RequestAddress: Sendable, Equatable {
  /// As on the wire; begins with `/`.
  package var path: String
  /// As on the wire, without the `?`.
  package var query: String
  /// In lower case, without the port.
  package var host: String
  /// The function whose URL this is, by path or by host name; `path` is without it.
  package var function: String?
  /// `host` with its port.
  package var authority: String

  static let urlPrefix = "/_url/"
  private static let urlDomain = ".lambda-url.localhost"

  /// - Returns: nil for a target that is no path, or a path with control characters, which no client sends by accident.
  package init?(_ head: HTTPRequest) {
    var (path, query) = head.pathAndQuery
    authority = head.authority ?? ""
    if !path.hasPrefix("/") {
      // The absolute form, whose authority goes before the header (RFC 9112 §3.2.2).
      guard path.lowercased().hasPrefix("http://") else { return nil }
      let rest = path.dropFirst(7)
      let end = rest.firstIndex(of: "/") ?? rest.endIndex
      authority = String(rest[..<end])
      path = end == rest.endIndex ? "/" : String(rest[end...])
    }
    // A request without a host, or with two of them (RFC 9112 §3.2).
    guard Self.isAuthority(authority), head.headerFields.value("host") == nil else {
      return nil
    }
    guard path.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "#") }) else { return nil }
    self.query = query
    host = Self.host(of: authority)
    if host.hasSuffix(Self.urlDomain) {
      function = String(authority.prefix(host.count - Self.urlDomain.count))
    } else if path.hasPrefix(Self.urlPrefix) {
      let rest = path.dropFirst(Self.urlPrefix.count)
      let end = rest.firstIndex(of: "/") ?? rest.endIndex
      function = String(rest[..<end])
      path = end == rest.endIndex ? "/" : String(rest[end...])
    }
    self.path = path
  }

  /// A host, perhaps with a port, as far as its characters go.
  static func isAuthority(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(isOfHost) }

  private static func isOfHost(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "-._~:[]".utf8.contains(byte)
    }
  }

  private static func host(of authority: String) -> String {
    if authority.hasPrefix("[") { return String(authority.prefix { $0 != "]" }).lowercased() + "]" }
    return String(authority.prefix { $0 != ":" }).lowercased()
  }
}
