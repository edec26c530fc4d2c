import Checksums
import Encodings

/// HTTP Basic (RFC 7617).
struct BasicAuthorization: Equatable {
  let username: String
  let password: String

  /// - Parameter header: the value of `Authorization`.
  init?(_ header: String?) {
    guard let header, header.utf8.count <= 4096, header.prefix(6).lowercased() == "basic " else { return nil }
    let text = String(header.dropFirst(6).drop { $0 == " " })
    guard let bytes = Base64.decode(text), let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    username = String(decoding: bytes[..<colon], as: UTF8.self)
    password = String(decoding: bytes[(colon + 1)...], as: UTF8.self)
  }

  /// Takes as long for any wrong pair. An empty password matches nothing.
  func matches(username: String, password: String) -> Bool {
    let names = ConstantTime.equal(
      Digest.sha256(Array(self.username.utf8)), Digest.sha256(Array(username.utf8)))
    let words = ConstantTime.equal(
      Digest.sha256(Array(self.password.utf8)), Digest.sha256(Array(password.utf8)))
    return names && words && !password.isEmpty
  }
}
