import Core
import JWT
import Testing

@Suite struct SecretKeySetTests {
  private let claims = JSONValue.object(["sub": .string("local"), "exp": .integer(2_000_000_000)])

  @Test("a token of a new set is accepted with its keys only")
  func signedAndVerified() throws {
    let (set, other) = (try SecretKeySet.make(), try SecretKeySet.make())
    #expect(set != other)
    let token = try SecretKeySet.token(claims, signedWith: set, name: "KEYS")
    let now = 1_700_000_000.0
    let verified = try JSONWebToken(verifying: token, keys: JSONWebKey.set(set, name: "KEYS"), now: now)
    #expect(verified.claims["sub"]?.stringValue == "local")
    #expect(throws: JSONWebToken.Refusal.self) {
      try JSONWebToken(verifying: token, keys: JSONWebKey.set(other, name: "KEYS"), now: now)
    }
  }

  @Test("a set without a secret issues no token, and the error names the setting")
  func withoutSecret() throws {
    #expect {
      try SecretKeySet.token(claims, signedWith: #"{"keys": [{"kty": "EC"}]}"#, name: "SESSION_JWKS")
    } throws: { error in
      (error as? any ClassifiedError)?.message.hasPrefix("SESSION_JWKS has no secret") == true
    }
  }
}
