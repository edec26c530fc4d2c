package import HTTPTypes
import HTTPServer

/// Which pages of other origins may use a route (`CorsConfiguration` of an HTTP API, `Cors` of a function URL).
package struct CORSPolicy: Sendable, Equatable {
  /// Each with at most one `*`, which stands for any text.
  package var allowOrigins: [String]
  /// `*` is any.
  package var allowMethods: [String]
  package var allowHeaders: [String]
  package var exposeHeaders: [String]
  /// How long a browser may remember the answer to its question, seconds.
  package var maximumAge: Int?
  package var allowCredentials: Bool

  package init(
    allowOrigins: [String] = [], allowMethods: [String] = [], allowHeaders: [String] = [],
    exposeHeaders: [String] = [], maximumAge: Int? = nil, allowCredentials: Bool = false
  ) {
    self.allowOrigins = allowOrigins
    self.allowMethods = allowMethods
    self.allowHeaders = allowHeaders
    self.exposeHeaders = exposeHeaders
    self.maximumAge = maximumAge
    self.allowCredentials = allowCredentials
  }

  package func allows(origin: String) -> Bool {
    allowOrigins.contains { pattern in
      guard let star = pattern.firstIndex(of: "*") else { return pattern == origin }
      let (prefix, suffix) = (pattern[..<star], pattern[pattern.index(after: star)...])
      return origin.count >= prefix.count + suffix.count && origin.hasPrefix(prefix) && origin.hasSuffix(suffix)
    }
  }

  /// What a browser is told about a request that it would like to send; nothing if it may not.
  package func preflight(origin: String) -> HTTPFields {
    guard allows(origin: origin) else { return HTTPFields() }
    var fields = common(origin)
    if !allowMethods.isEmpty { fields.set("access-control-allow-methods", allowMethods.joined(separator: ",")) }
    if !allowHeaders.isEmpty { fields.set("access-control-allow-headers", allowHeaders.joined(separator: ",")) }
    fields.set("access-control-max-age", maximumAge.map(String.init))
    return fields
  }

  /// Replaces what the function says about other origins, as API Gateway does.
  package func apply(to fields: inout HTTPFields, origin: String?) {
    for name in Self.names { if let name = HTTPField.Name(name) { fields[name] = nil } }
    guard let origin else { return }
    if !allowOrigins.contains("*") { fields.append(HTTPField(name: .vary, value: "Origin")) }
    guard allows(origin: origin) else { return }
    for field in common(origin) { fields[field.name] = field.value }
    if !exposeHeaders.isEmpty { fields.set("access-control-expose-headers", exposeHeaders.joined(separator: ",")) }
  }

  private func common(_ origin: String) -> HTTPFields {
    var fields = HTTPFields()
    fields.set("access-control-allow-origin", allowOrigins.contains("*") && !allowCredentials ? "*" : origin)
    if allowCredentials { fields.set("access-control-allow-credentials", "true") }
    return fields
  }

  private static let names = [
    "access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-methods",
    "access-control-allow-headers", "access-control-expose-headers", "access-control-max-age",
  ]
}
