import Core
import SigV4

/// What a machine of one's own uses where nothing else is said; the same in `zoetrope up` and in its clients.
enum LocalDefaults {
  static let dataFolder = ".zoetrope/data"
  static let endpoint = "http://127.0.0.1:4566"
  static let console = "http://127.0.0.1:4567"
  static let sourceBucket = "zoetrope-source"
  static let gifsBucket = "zoetrope-gifs"

  /// `ZOETROPE_ACCESS_KEY_ID` and `ZOETROPE_SECRET_ACCESS_KEY`: what `zoetrope up` demands of its clients.
  ///
  /// - Returns: `nil` where neither is set; then the data folder's own hold, on loopback only.
  /// - Throws: `ConfigurationError` where only one is set.
  static func credentials() throws -> Credentials? {
    var environment = EnvironmentReader(ProcessEnvironment.variables)
    switch (environment.optional("ZOETROPE_ACCESS_KEY_ID"), environment.optional("ZOETROPE_SECRET_ACCESS_KEY")) {
    case (nil, nil): return nil
    case (let id?, let secret?): return Credentials(accessKeyID: id, secretAccessKey: secret, sessionToken: nil)
    default:
      environment.reject("ZOETROPE_ACCESS_KEY_ID and ZOETROPE_SECRET_ACCESS_KEY must be set together, found only one")
      try environment.validate()
      return nil
    }
  }

  static func isLoopback(_ address: String) -> Bool {
    guard address.hasPrefix("http://") else { return false }
    return NetworkHost(authority: address.dropFirst(7).prefix { $0 != "/" })?.isLoopback == true
  }
}
