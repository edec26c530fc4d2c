package import Core
import Encodings

/// A key of a JSON Web Key Set (RFC 7517) that signs or verifies tokens, of one of the four kinds that are accepted.
package struct JSONWebKey: Sendable {
  package enum Algorithm: String, Sendable {
    case hs256 = "HS256"
    case rs256 = "RS256"
    case es256 = "ES256"
    case edDSA = "EdDSA"
  }

  /// The key's kind decides on the algorithm; a token cannot choose another one.
  package let algorithm: Algorithm
  /// `kid`; nil: the key is tried for every token of its algorithm.
  package let identifier: String?
  let material: Material

  enum Material: Sendable {
    case secret([UInt8])
    /// A `SubjectPublicKeyInfo`, DER.
    case publicKey([UInt8])
  }

  /// A secret for HS256, at least 32 bytes long (RFC 7518, 3.2).
  package init(secret: [UInt8], identifier: String?) {
    algorithm = .hs256
    self.identifier = identifier
    material = .secret(secret)
  }

  /// - Throws: `Invalid` if it is none of the accepted kinds or a member is missing or malformed.
  package init(json: JSONValue) throws(Invalid) {
    func bytes(_ name: String) throws(Invalid) -> [UInt8] {
      guard let text = json[name]?.stringValue, let bytes = Base64URL.decode(text), !bytes.isEmpty else {
        throw Invalid("the member '\(name)' must be base64url text")
      }
      return bytes
    }
    identifier = json["kid"]?.stringValue
    guard json["use"]?.stringValue ?? "sig" == "sig" else { throw Invalid("'use' must be 'sig'") }
    switch (json["kty"]?.stringValue ?? "", json["crv"]?.stringValue) {
    case ("oct", _):
      let secret = try bytes("k")
      guard secret.count >= 32 else {
        throw Invalid("the secret 'k' must have at least 32 bytes, found \(secret.count)")
      }
      algorithm = .hs256
      material = .secret(secret)
    case ("RSA", _):
      let modulus = try bytes("n")
      guard modulus.drop(while: { $0 == 0 }).count >= 256 else {
        throw Invalid("the modulus 'n' must have at least 2048 bits")
      }
      algorithm = .rs256
      material = .publicKey(DER.rsaPublicKey(modulus: modulus, exponent: try bytes("e")))
    case ("EC", "P-256"):
      let (x, y) = (try bytes("x"), try bytes("y"))
      guard x.count == 32, y.count == 32 else { throw Invalid("'x' and 'y' must have 32 bytes each") }
      algorithm = .es256
      material = .publicKey(DER.p256PublicKey(x: x, y: y))
    case ("OKP", "Ed25519"):
      let x = try bytes("x")
      guard x.count == 32 else { throw Invalid("'x' must have 32 bytes") }
      algorithm = .edDSA
      material = .publicKey(DER.ed25519PublicKey(x))
    case (let kind, let curve):
      throw Invalid(
        "the key must be oct, RSA, EC with P-256 or OKP with Ed25519, found '\(kind)'\(curve.map { " with '\($0)'" } ?? "")"
      )
    }
    if let named = json["alg"]?.stringValue, named != algorithm.rawValue {
      throw Invalid("'alg' must be \(algorithm.rawValue) for such a key, found '\(named)'")
    }
  }

  package struct Invalid: Error, Sendable {
    package let message: String
    init(_ message: String) { self.message = message }
  }

  /// The keys of a set as `SESSION_JWKS` holds it: `{"keys": [...]}`.
  ///
  /// - Parameter name: of the variable, for the error.
  /// - Throws: `ConfigurationError`.
  package static func set(_ text: String, name: String) throws -> [JSONWebKey] {
    guard let document = try? JSON.decode(JSONValue.self, from: Array(text.utf8)),
      let keys = document["keys"]?.arrayValue, !keys.isEmpty
    else {
      throw ConfigurationError(problems: ["\(name) must be a JSON Web Key Set with at least one key: {\"keys\": [...]}"]
      )
    }
    return try keys.enumerated().map { index, key in
      do throws(Invalid) {
        return try JSONWebKey(json: key)
      } catch {
        throw ConfigurationError(problems: ["\(name), key \(index + 1): \(error.message)"])
      }
    }
  }
}
