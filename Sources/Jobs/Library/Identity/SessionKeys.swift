package import Core
package import JWT
import Synchronization

/// Turns tokens into sessions, and remembers the tokens that it has verified: a page asks with one token many times.
package final class SessionKeys: Sendable {
  private let keys: [JSONWebKey]
  private let known = Mutex<[String: Session]>([:])

  /// Tokens that are remembered; then all are forgotten.
  private static let capacity = 1000

  package static let variable = "SESSION_JWKS"

  package init(keys: [JSONWebKey]) { self.keys = keys }

  /// Reads `SESSION_JWKS`; what is wrong with it is collected in `environment`.
  package convenience init(environment: inout EnvironmentReader) {
    let text = environment.string(Self.variable)
    do {
      self.init(keys: text.isEmpty ? [] : try JSONWebKey.set(text, name: Self.variable))
    } catch {
      for problem in (error as? ConfigurationError)?.problems ?? ["\(error)"] { environment.reject(problem) }
      self.init(keys: [])
    }
  }

  /// - Parameter now: seconds since 1970.
  /// - Returns: nil if the token is not accepted.
  package func session(token: String, now: Double) -> Session? {
    if let session = known.withLock({ $0[token] }) {
      if now < session.expires { return session }
      known.withLock { $0[token] = nil }
      return nil
    }
    guard let verified = try? JSONWebToken(verifying: token, keys: keys, now: now), let session = Session(verified)
    else { return nil }
    known.withLock { known in
      if known.count >= Self.capacity { known.removeAll() }
      known[token] = session
    }
    return session
  }
}
