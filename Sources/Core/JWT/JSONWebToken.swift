import Checksums
package import Core
import Encodings

/// Signed claims in JWS compact form (RFC 7515, 7519).
package struct JSONWebToken: Sendable {
  package let claims: JSONValue
  /// `exp`: seconds since 1970.
  package let expires: Double

  /// Seconds by which clocks may differ.
  package static let skew = 60.0
  /// Bytes of a token; longer ones are refused unread.
  package static let maximumLength = 16 << 10

  /// Why a token is not accepted. Callers are told only that it is not.
  package enum Refusal: String, Error, Sendable {
    case malformed
    /// Its algorithm and key are none of ours.
    case unknownKey
    case signature
    case expired
    case notYetValid
  }

  /// Reads and verifies a token.
  ///
  /// - Parameters:
  ///   - keys: those whose kind fits the token's `alg` are tried; the one of its `kid` only, if it names one.
  ///   - now: seconds since 1970.
  package init(verifying token: String, keys: [JSONWebKey], now: Double) throws(Refusal) {
    guard token.utf8.count <= Self.maximumLength else { throw .malformed }
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let head = Base64URL.decode(parts[0]),
      let body = Base64URL.decode(parts[1]), let signature = Base64URL.decode(parts[2]),
      let header = try? JSON.decode(JSONValue.self, from: head), header["crit"] == nil
    else { throw .malformed }
    guard let algorithm = header["alg"]?.stringValue.flatMap(JSONWebKey.Algorithm.init) else { throw .unknownKey }
    let identifier = header["kid"]?.stringValue
    let candidates = keys.filter { key in
      key.algorithm == algorithm && (identifier == nil || key.identifier == nil || key.identifier == identifier)
    }
    guard !candidates.isEmpty else { throw .unknownKey }
    let signed = Array(token.utf8.dropLast(parts[2].utf8.count + 1))
    guard candidates.contains(where: { Signature.isValid(signature, of: signed, by: $0) }) else { throw .signature }
    guard let claims = try? JSON.decode(JSONValue.self, from: body), claims.objectValue != nil,
      let expires = claims["exp"]?.doubleValue
    else { throw .malformed }
    guard now < expires + Self.skew else { throw .expired }
    if let begin = claims["nbf"] {
      guard let begin = begin.doubleValue else { throw .malformed }
      guard now >= begin - Self.skew else { throw .notYetValid }
    }
    self.claims = claims
    self.expires = expires
  }

  /// Makes a token with HS256.
  ///
  /// - Parameter secret: the key of `JSONWebKey(secret:)`.
  package static func signed(_ claims: JSONValue, secret: [UInt8], identifier: String?) throws -> String {
    var header: [String: JSONValue] = ["alg": .string("HS256"), "typ": .string("JWT")]
    if let identifier { header["kid"] = .string(identifier) }
    let text = try [JSONValue.object(header), claims].map { Base64URL.encode(try JSON.encode($0)) }
      .joined(separator: ".")
    return text + "." + Base64URL.encode(Digest.hmacSHA256(key: secret, Array(text.utf8)))
  }
}
