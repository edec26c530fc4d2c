package import LambdaEvents
package import Library

/// Finds out who sends a request.
package enum Caller {
  package static let cookie = "session"

  /// The session of the `Authorization` header or of the cookie. Without one, a request that came by the pages' port is
  /// this machine's user's: the guard there has let the caller pass, and has refused pages of other origins.
  ///
  /// - Parameter now: seconds since 1970.
  /// - Throws: `APIError`: 401 without a valid session; 403 for a write by cookie from a page of another origin.
  package static func session(
    of event: HTTPEvent, keys: SessionKeys, now: Double
  ) throws(APIError) -> Session {
    if let token = bearerToken(event.header("authorization")) {
      if let session = keys.session(token: token, now: now) { return session }
      guard event.isLocal else { throw .noSession }
      return .local
    }
    guard let token = event.cookie(cookie), let session = keys.session(token: token, now: now) else {
      guard event.isLocal else { throw .noSession }
      return .local
    }
    // Browsers send the cookie with requests of any page; the header `Origin` they let no page choose.
    if !["GET", "HEAD", "OPTIONS"].contains(event.method), !isSameOrigin(event) {
      throw APIError(403, "A write by cookie must come from a page of the same host.")
    }
    return session
  }

  private static func bearerToken(_ header: String?) -> String? {
    guard let header, header.lowercased().hasPrefix("bearer ") else { return nil }
    return String(header.dropFirst(7).drop { $0 == " " })
  }

  private static func isSameOrigin(_ event: HTTPEvent) -> Bool {
    guard let origin = event.header("origin"), let host = event.header("host"), !host.isEmpty,
      let scheme = origin.firstRange(of: "://")
    else { return false }
    return origin[scheme.upperBound...].lowercased() == host.lowercased()
  }
}
