package import Core
import Encodings

/// A set of keys (RFC 7517) with a secret, by which one service both signs tokens and verifies them.
package enum SecretKeySet {
  /// A new set with one secret of 256 bits, as JSON.
  package static func make() throws -> String {
    var generator = SystemRandomNumberGenerator()
    let secret = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    let key = JSONValue.object([
      "kty": .string("oct"), "alg": .string("HS256"), "kid": .string("local"), "k": .string(Base64URL.encode(secret)),
    ])
    return String(decoding: try JSON.encode(JSONValue.object(["keys": .array([key])])), as: UTF8.self)
  }

  /// A token, signed with the first secret of a set.
  ///
  /// - Parameters:
  ///   - claims: what the token says; an object.
  ///   - set: JSON.
  ///   - name: of the setting that the set is the value of.
  /// - Throws: `ConfigurationError` if no key of the set is a secret.
  package static func token(_ claims: JSONValue, signedWith set: String, name: String) throws -> String {
    let keys = try JSON.decode(JSONValue.self, from: Array(set.utf8))["keys"]?.arrayValue ?? []
    guard let key = keys.first(where: { $0["kty"]?.stringValue == "oct" }),
      let secret = key["k"]?.stringValue.flatMap({ Base64URL.decode($0) })
    else {
      throw ConfigurationError(problems: [
        "\(name) has no secret (kty oct): tokens are issued by the service that has the private key"
      ])
    }
    return try JSONWebToken.signed(claims, secret: secret, identifier: key["kid"]?.stringValue)
  }
}
