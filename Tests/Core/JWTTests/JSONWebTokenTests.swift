import Core
import Encodings
import JWT
import Testing

@Suite struct JSONWebTokenTests {
  private let now = 1_700_000_000.0

  private func keys(_ texts: [String]) throws -> [JSONWebKey] {
    try JSONWebKey.set("{\"keys\":[\(texts.joined(separator: ","))]}", name: "SESSION_JWKS")
  }

  private func allKeys() throws -> [JSONWebKey] { try keys(Vectors.all.map(\.key)) }

  @Test("tokens of another implementation are accepted", arguments: Vectors.all.indices)
  func tokensOfAnotherImplementationAreAccepted(index: Int) throws {
    let token = try JSONWebToken(verifying: Vectors.all[index].token, keys: allKeys(), now: now)
    #expect(token.claims["sub"]?.stringValue == "alice")
    #expect(token.expires == 1_800_000_000)
  }

  @Test("a changed byte is refused", arguments: Vectors.all.indices)
  func aChangedByteIsRefused(index: Int) throws {
    var parts = Vectors.all[index].token.split(separator: ".").map(String.init)
    var signature = try #require(Base64URL.decode(parts[2]))
    signature[signature.count / 2] ^= 1
    parts[2] = Base64URL.encode(signature)
    let keys = try allKeys()
    #expect(throws: JSONWebToken.Refusal.signature) {
      try JSONWebToken(verifying: parts.joined(separator: "."), keys: keys, now: now)
    }
  }

  @Test("the end counts with a minute of difference")
  func theEndCountsWithAMinuteOfDifference() throws {
    let keys = try allKeys()
    _ = try JSONWebToken(verifying: Vectors.all[0].token, keys: keys, now: 1_800_000_059)
    #expect(throws: JSONWebToken.Refusal.expired) {
      try JSONWebToken(verifying: Vectors.all[0].token, keys: keys, now: 1_800_000_060)
    }
  }

  private let secret = Array("an example secret of 32 bytes....".utf8)

  private func made(_ claims: [String: JSONValue]) throws -> String {
    try JSONWebToken.signed(.object(claims), secret: secret, identifier: "local")
  }

  private func refusal(_ token: String, identifier: String? = nil) -> JSONWebToken.Refusal? {
    do throws(JSONWebToken.Refusal) {
      _ = try JSONWebToken(verifying: token, keys: [JSONWebKey(secret: secret, identifier: identifier)], now: now)
      return nil
    } catch {
      return error
    }
  }

  @Test("a token that is made here is accepted here")
  func whatIsMadeHereIsAcceptedHere() throws {
    #expect(refusal(try made(["sub": .string("a"), "exp": .integer(1_700_000_100)])) == nil)
    #expect(refusal(try made(["exp": .number(1_700_000_100.5)]), identifier: "local") == nil)
  }

  @Test("an end is required")
  func anEndIsRequired() throws {
    #expect(refusal(try made(["sub": .string("a")])) == .malformed)
    #expect(refusal(try made(["exp": .string("1800000000")])) == .malformed)
  }

  @Test("the beginning counts with a minute of difference")
  func theBeginningCounts() throws {
    let end = JSONValue.integer(1_800_000_000)
    #expect(refusal(try made(["exp": end, "nbf": .integer(1_700_000_061)])) == .notYetValid)
    #expect(refusal(try made(["exp": end, "nbf": .integer(1_700_000_060)])) == nil)
  }

  @Test("a key of another name is not tried")
  func aKeyOfAnotherNameIsNotTried() throws {
    #expect(refusal(try made(["exp": .integer(1_800_000_000)]), identifier: "other") == .unknownKey)
  }

  @Test(
    "text that is no token is refused",
    arguments: ["", "a.b", "a.b.c", "....", "eyJhbGciOiJIUzI1NiJ9..", "e30.e30.e30"])
  func textThatIsNoTokenIsRefused(text: String) {
    #expect(refusal(text) != nil)
  }

  /// The well-known tricks: no algorithm, and a public key used as a secret.
  @Test("the token does not choose the algorithm")
  func theTokenDoesNotChooseTheAlgorithm() throws {
    let claims = Base64URL.encode(Array(#"{"exp":1800000000}"#.utf8))
    for algorithm in ["none", "None", "HS512", "RS256", "hs256"] {
      let head = Base64URL.encode(Array("{\"alg\":\"\(algorithm)\"}".utf8))
      #expect(refusal("\(head).\(claims).") == .unknownKey)
      #expect(refusal("\(head).\(claims).AAAA") == .unknownKey)
    }
    let confused = try JSONWebToken.signed(
      .object(["exp": .integer(1_800_000_000)]), secret: Array(Vectors.all[1].key.utf8), identifier: nil)
    let publicOnly = try keys([Vectors.all[1].key])
    #expect(throws: JSONWebToken.Refusal.unknownKey) {
      try JSONWebToken(verifying: confused, keys: publicOnly, now: now)
    }
  }

  @Test("extensions that must be understood are refused")
  func extensionsThatMustBeUnderstoodAreRefused() throws {
    let head = Base64URL.encode(Array(#"{"alg":"HS256","crit":["b64"],"b64":false}"#.utf8))
    #expect(refusal("\(head).e30.AAAA") == .malformed)
  }

  @Test("long tokens are refused unread")
  func longTokensAreRefusedUnread() {
    #expect(refusal(String(repeating: "a", count: 20_000)) == .malformed)
  }
}

@Suite struct JSONWebKeyTests {
  @Test(arguments: [
    "", "{}", #"{"keys":[]}"#, #"{"keys":[{"kty":"oct","k":"c2hvcnQ"}]}"#, #"{"keys":[{"kty":"EC","crv":"P-384"}]}"#,
    #"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AAAA"}]}"#, #"{"keys":[{"kty":"RSA","n":"AAAA","e":"AQAB"}]}"#,
    #"{"keys":[{"kty":"oct","alg":"RS256","k":"rOGvuIYUgYRzgnFIO8cG-mtGI7uIIqG_nOA2AhCQdJ0"}]}"#,
    #"{"keys":[{"kty":"oct","use":"enc","k":"rOGvuIYUgYRzgnFIO8cG-mtGI7uIIqG_nOA2AhCQdJ0"}]}"#,
  ])
  func setsWithoutAUsableKeyAreRefused(text: String) {
    #expect(throws: ConfigurationError.self) { try JSONWebKey.set(text, name: "SESSION_JWKS") }
  }
}

@Suite struct Base64URLTests {
  @Test(arguments: [
    ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy"), ("\u{3FF}?", "z78_"),
  ])
  func bothWays(text: String, encoded: String) {
    #expect(Base64URL.encode(Array(text.utf8)) == encoded)
    #expect(Base64URL.decode(encoded) == Array(text.utf8))
  }

  @Test("other text is refused", arguments: ["Z", "Zg==", "Zh", "a+b/", "a b", "Zm9"])
  func otherTextIsRefused(text: String) {
    #expect(Base64URL.decode(text) == nil)
  }
}
