import Core
import Encodings
import JWT
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

  /// A token by the first secret of a key set.
  static func token(_ claims: JSONValue, keySet: String) throws -> String {
    let keys = try JSON.decode(JSONValue.self, from: Array(keySet.utf8))["keys"]?.arrayValue ?? []
    guard let key = keys.first(where: { $0["kty"]?.stringValue == "oct" }),
      let secret = key["k"]?.stringValue.flatMap({ Base64URL.decode($0) })
    else {
      throw CommandError(
        "\(SessionKeys.variable) has no secret (kty oct): tokens are issued by the service that has the private key")
    }
    return try JSONWebToken.signed(claims, secret: secret, identifier: key["kid"]?.stringValue)
  }

  /// A new key set with one secret.
  static func make() throws -> String {
    var generator = SystemRandomNumberGenerator()
    let secret = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    let key = JSONValue.object([
      "kty": .string("oct"), "alg": .string("HS256"), "kid": .string("local"), "k": .string(Base64URL.encode(secret)),
    ])
    return String(decoding: try JSON.encode(JSONValue.object(["keys": .array([key])])), as: UTF8.self)
  }
}
