package import Core
import JWT

/// Who asks, proved by a token.
package struct Session: Sendable, Equatable {
  package enum Role: String, Sendable {
    case owner, member
  }

  /// `sub`.
  package let user: String
  /// The libraries that the user belongs to, by identifier.
  package let libraries: [String: Role]
  /// The session of this machine's own user, who owns every library on it and whose token would say nothing more.
  package let isLocal: Bool
  /// Seconds since 1970, with the tolerated difference of clocks.
  package let expires: Double

  package init(user: String, libraries: [String: Role], expires: Double) {
    self.user = user
    self.libraries = libraries
    self.expires = expires
    isLocal = false
  }

  private init(localUser: String) {
    user = localUser
    libraries = [Self.localLibrary: .owner]
    expires = .infinity
    isLocal = true
  }

  /// The user that `zoetrope token` names as well, unless it is told another one.
  package static let local = Session(localUser: "local")
  /// The library that this machine's user has from the beginning.
  package static let localLibrary = "00000000-0000-4000-8000-000000000000"

  /// What the user is in a library; nil for those that are none of the user's business.
  package func role(in library: String) -> Role? { libraries[library] ?? (isLocal ? .owner : nil) }

  /// - Returns: nil if `sub` is missing. Libraries whose identifier or role is none are left out.
  init?(_ token: JSONWebToken) {
    guard let user = token.claims["sub"]?.stringValue, !user.isEmpty else { return nil }
    var libraries: [String: Role] = [:]
    for (name, value) in token.claims["libraries"]?.objectValue ?? [:] {
      guard let id = FileIdentity.identifier(name), let role = value.stringValue.flatMap(Role.init) else { continue }
      libraries[id] = role
    }
    self.init(user: user, libraries: libraries, expires: token.expires + JSONWebToken.skew)
  }

  /// The claims of a token for this session.
  ///
  /// - Parameter expires: seconds since 1970.
  package static func claims(user: String, libraries: [String: Role], expires: Int64) -> JSONValue {
    .object([
      "sub": .string(user), "exp": .integer(expires),
      "libraries": .object(libraries.mapValues { .string($0.rawValue) }),
    ])
  }
}
