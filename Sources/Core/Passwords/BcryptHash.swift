import CCrypt
package import Core

/// A password's bcrypt hash, as `$2b$14$` and 53 characters. The forms `2a` and `2y` are the same algorithm.
package struct BcryptHash: Sendable, Equatable {
  /// Of 2: a hash of cost 14 takes about a second. Above 17 a check would keep a core busy for ten.
  package static let costs = 4...17
  /// bcrypt ignores what follows.
  package static let longestPassword = 72

  package let text: String

  /// - Parameter text: may stand between quotes, as some readers of `.env` files leave them.
  /// - Returns: `nil` if it is no bcrypt hash, or its cost is not within `costs`.
  package init?(_ text: String) {
    var text = Substring(text)
    for quote in ["'", "\""] where text.utf8.count > 1 && text.hasPrefix(quote) && text.hasSuffix(quote) {
      text = text.dropFirst().dropLast()
    }
    let parts = text.split(separator: "$", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0].isEmpty, ["2a", "2b", "2y"].contains(parts[1]), parts[2].utf8.count == 2,
      let cost = Int(parts[2]), Self.costs.contains(cost), parts[3].utf8.count == 53,
      parts[3].utf8.allSatisfy(Self.isDigit)
    else { return nil }
    self.text = String(text)
  }

  /// Blocks for as long as the cost says.
  ///
  /// - Throws: `BcryptError`.
  package init(password: String, cost: Int) throws(BcryptError) {
    if let reason = Self.unusable(password) { throw BcryptError(message: "the password \(reason)") }
    guard Self.costs.contains(cost) else {
      throw BcryptError(
        message: "the cost must be from \(Self.costs.lowerBound) to \(Self.costs.upperBound), found \(cost)")
    }
    var setting = [CChar](repeating: 0, count: Int(zt_crypt_size))
    guard zt_bcrypt_setting(UInt(cost), &setting) == 0, let text = Self.hash(password, setting) else {
      throw BcryptError(message: "the system's crypt() has no bcrypt")
    }
    self.text = text
  }

  /// Whether the password is the one. Blocks for as long as the cost says, for wrong ones too.
  package func matches(_ password: String) -> Bool {
    guard Self.unusable(password) == nil, let made = Self.hash(password, Array(text.utf8CString)) else { return false }
    var difference: UInt8 = made.utf8.count == text.utf8.count ? 0 : 1
    for (left, right) in zip(made.utf8, text.utf8) { difference |= left ^ right }
    return difference == 0
  }

  /// Why bcrypt cannot tell the password from others.
  private static func unusable(_ password: String) -> String? {
    if password.isEmpty { return "must not be empty" }
    if password.utf8.count > longestPassword { return "must have at most \(longestPassword) bytes" }
    return password.utf8.contains(0) ? "must not contain a zero byte" : nil
  }

  private static func hash(_ password: String, _ setting: [CChar]) -> String? {
    var output = [CChar](repeating: 0, count: Int(zt_crypt_size))
    guard zt_crypt(password, setting, &output) == 0 else { return nil }
    return String(decoding: output.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "/"):
      true
    default: false
    }
  }
}

package struct BcryptError: ClassifiedError {
  package let message: String
  package var code: String { "UnusablePassword" }
  package var isRetryable: Bool { false }
}
