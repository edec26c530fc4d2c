import Terminals
import Core
import FoundationEssentials
import JWT
import Library
import LocalStorage
import SAMTemplate

/// Secrets of the services that were not given to `zoetrope up`: made once per data folder, printed by `zoetrope env`.
enum GeneratedSecrets {
  private static let tokenUsername = (parameter: "TokenAuthUsername", variable: "TOKEN_AUTH_USERNAME")

  /// The template's parameters that are secrets, the variables that they are known by, and how each is made.
  private static let secrets: [(parameter: String, variable: String, make: @Sendable () throws -> String)] = [
    ("SessionJWKS", SessionKeys.variable, { try SecretKeySet.make() }),
    ("TokenAuthPassword", "TOKEN_AUTH_PASSWORD", { DataFolderSecrets.random(32) }),
  ]

  /// Gives values to parameters that the template declares and that are not set: the environment's, or the data folder's.
  static func complete(
    _ parameters: [String: String], templatePath: String, dataFolder: String
  ) throws -> [String: String] {
    guard let declared = try? Template.load(path: templatePath, parameters: parameters).parameters else {
      return parameters
    }
    let environment = EnvironmentReader(ProcessEnvironment.variables)
    var parameters = parameters
    for secret in secrets where parameters[secret.parameter] == nil && declared[secret.parameter]?.isEmpty == true {
      parameters[secret.parameter] =
        try environment.optional(secret.variable) ?? stored(secret.variable, in: dataFolder, make: secret.make)
    }
    // A password belongs to a name.
    if parameters[tokenUsername.parameter] == nil, declared[tokenUsername.parameter]?.isEmpty == true {
      parameters[tokenUsername.parameter] =
        try environment.optional(tokenUsername.variable)
        ?? stored(tokenUsername.variable, in: dataFolder) { "zoetrope" }
    }
    return parameters
  }

  private static func stored(
    _ name: String, in folder: String, make: @Sendable () throws -> String
  ) throws -> String {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw CommandError("cannot make the folder '\(folder)': \(Reason.of(error))")
    }
    var secrets = try DataFolderSecrets(folder: folder)
    if let value = secrets.values[name] { return value }
    let value = try make()
    return try secrets.secret(name) { value }
  }
}
