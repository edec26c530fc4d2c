import Terminals
import LocalStorage
import ArgumentParser
import Core
import FoundationEssentials
import JWT
import Library

/// Issues a session of the library for local use.
struct Token: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Issue a session token of the library.",
    discussion: """
      Signs with the secret of SESSION_JWKS, or with the one that 'zoetrope up' has made for the data folder. Send the \
      token as 'Authorization: Bearer TOKEN' or as the cookie 'session'.
      """)

  @Option(help: "Who the token is for.")
  var user = "local"

  @Option(help: "A library the user belongs to: ID=owner or ID=member, ID being a UUID. May be repeated.")
  var library: [String] = []

  @Option(help: "Seconds until the token expires.")
  var lifetime = 86_400

  @Option(help: "The data folder of 'zoetrope up'.", completion: .directory)
  var data = EnvironmentReader(ProcessEnvironment.variables).optional("ZOETROPE_DATA") ?? ".zoetrope/data"

  func validate() throws {
    _ = try roles()
    guard (1...31_536_000).contains(lifetime) else {
      throw ValidationError("--lifetime must be a whole number of seconds from 1 to 31536000, found \(lifetime)")
    }
    guard !user.isEmpty else { throw ValidationError("--user must not be empty") }
  }

  private func roles() throws -> [String: Session.Role] {
    var roles: [String: Session.Role] = [:]
    for text in library {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard let id = parts.first.flatMap({ FileIdentity.identifier($0) }),
        let role = Session.Role(rawValue: parts.count == 2 ? parts[1] : "owner")
      else { throw ValidationError("--library must be UUID=owner or UUID=member, found '\(text)'") }
      roles[id] = role
    }
    return roles
  }

  func run() throws {
    guard let keys = try SessionSecret.existing(dataFolder: FilePath.absolute(data)) else {
      throw CommandError(
        "there is no key in '\(data)' yet: start 'zoetrope up' first, name its folder with --data, or set SESSION_JWKS")
    }
    let expires = Int64(Date().timeIntervalSince1970) + Int64(lifetime)
    let claims = Session.claims(user: user, libraries: try roles(), expires: expires)
    Terminal.result(try SecretKeySet.token(claims, signedWith: keys, name: SessionKeys.variable))
  }
}
