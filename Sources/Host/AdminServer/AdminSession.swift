import Encodings
import Checksums
package import FoundationEssentials

/// A browser that has shown the administration token: images, videos and event streams cannot carry an `Authorization`
/// header, so it gets a cookie instead.
///
/// The cookie holds until when it is good and a code that cannot be made without the token, so nothing is kept here;
/// another token ends all sessions.
package struct AdminSession: Sendable {
  package static let cookie = "zoetrope-session"
  package static let lifetime: TimeInterval = 12 * 3600

  package let token: String

  package init(token: String) {
    self.token = token
  }

  /// What to set, for `Set-Cookie`: not readable by scripts and not sent along by other sites' pages.
  ///
  /// - Parameter isSecure: the caller came by TLS, so the cookie need not go without.
  package func setCookie(at now: Date, isSecure: Bool = false) -> String {
    let expiry = Int64(now.timeIntervalSince1970 + Self.lifetime)
    return "\(Self.cookie)=\(expiry).\(code(expiry)); Path=/; Max-Age=\(Int(Self.lifetime)); HttpOnly; SameSite=Strict"
      + (isSecure ? "; Secure" : "")
  }

  /// - Parameter header: the request's `Cookie`.
  package func isGood(_ header: String, at now: Date) -> Bool {
    header.split(separator: ";").contains { pair in
      let pair = pair.drop { $0 == " " }
      guard pair.hasPrefix("\(Self.cookie)=") else { return false }
      let parts = pair.dropFirst(Self.cookie.count + 1).split(separator: ".", maxSplits: 1)
      guard parts.count == 2, let expiry = Int64(parts[0]), Double(expiry) > now.timeIntervalSince1970 else {
        return false
      }
      return ConstantTime.equal(Array(parts[1].utf8), Array(code(expiry).utf8))
    }
  }

  private func code(_ expiry: Int64) -> String {
    Digest.hmacSHA256(key: Array(token.utf8), Array("zoetrope session until \(expiry)".utf8)).hexString
  }
}
