import Checksums
import Encodings

extension BasicAuthorization {
  /// Takes as long for any wrong pair. An empty password matches nothing.
  func matches(username: String, password: String) -> Bool {
    let names = ConstantTime.equal(
      Digest.sha256(Array(self.username.utf8)), Digest.sha256(Array(username.utf8)))
    let words = ConstantTime.equal(
      Digest.sha256(Array(self.password.utf8)), Digest.sha256(Array(password.utf8)))
    return names && words && !password.isEmpty
  }
}
