import Core
import Library
import LocalStorage

/// The key by which a machine of one's own signs sessions of the library, if none is given: made once and kept in the
/// data folder's `secrets.json`, which only the folder's owner may read.
enum SessionSecret {
  /// The keys of `SESSION_JWKS`, or of the data folder; nil if there are none.
  static func existing(dataFolder: String) throws -> String? {
    try EnvironmentReader(ProcessEnvironment.variables).optional(SessionKeys.variable)
      ?? DataFolderSecrets(folder: dataFolder).values[SessionKeys.variable]
  }
}
