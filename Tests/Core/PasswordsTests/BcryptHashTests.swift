import Testing

import Passwords

@Suite("Bcrypt hashes")
struct BcryptHashTests {
  /// OpenBSD's own vectors, in each form that programs write.
  @Test(
    "match their password and no other",
    arguments: [
      ("abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"),
      ("abc", "$2y$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"),
      ("a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"),
    ])
  func knownHashes(password: String, text: String) throws {
    let hash = try #require(BcryptHash(text))
    #expect(hash.matches(password))
    #expect(!hash.matches(password + "x"))
    #expect(!hash.matches(""))
  }

  @Test("are made with a salt of their own")
  func made() throws {
    let hashes = try (0..<2).map { _ in try BcryptHash(password: "päss wörd", cost: 4) }
    #expect(hashes[0] != hashes[1])
    #expect(hashes.allSatisfy { $0.text.hasPrefix("$2b$04$") && $0.matches("päss wörd") && BcryptHash($0.text) == $0 })
  }

  @Test("may stand between quotes, as some readers of settings leave them")
  func quotes() throws {
    let text = try BcryptHash(password: "abc", cost: 4).text
    #expect(BcryptHash("'\(text)'")?.text == text)
    #expect(BcryptHash("\"\(text)\"")?.text == text)
  }

  @Test(
    "are nothing else",
    arguments: [
      "", "secret", "$2b$04$tooshort", "$1$abcdefgh$abcdefghijklmnopqrstuv",
      "$2b$31$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
      "$2b$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0!",
    ])
  func others(text: String) {
    #expect(BcryptHash(text) == nil)
  }

  @Test("are not made of what bcrypt cannot tell apart")
  func unusable() {
    for password in ["", String(repeating: "x", count: 73), "a\0b"] {
      #expect(throws: BcryptError.self) { try BcryptHash(password: password, cost: 4) }
    }
  }
}
