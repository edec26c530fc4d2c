import Checksums
import Core
import Encodings

/// Signs requests so that a receiver knows who sent them and when.
///
/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
package struct WebhookSignature: Sendable {
  package struct Invalid: Error, Equatable {
    package let message: String
  }

  /// Bytes of a secret.
  package static let lengths = 24...64
  /// What a secret begins with.
  package static let prefix = "whsec_"

  private let keys: [[UInt8]]

  /// - Parameter secrets: `whsec_` and the base 64 of 24 to 64 bytes, at least one.
  /// - Throws: `Invalid`, which never repeats a secret.
  package init(secrets: [String]) throws(Invalid) {
    var keys: [[UInt8]] = []
    for secret in secrets {
      guard secret.hasPrefix(Self.prefix), let key = Base64.decode(String(secret.dropFirst(Self.prefix.count))),
        Self.lengths.contains(key.count)
      else {
        throw Invalid(
          message:
            "must be '\(Self.prefix)' and the base 64 of \(Self.lengths.lowerBound) to \(Self.lengths.upperBound) "
            + "bytes; make one by: echo \(Self.prefix)$(openssl rand -base64 32)")
      }
      keys.append(key)
    }
    self.keys = keys
  }

  /// The three headers of a request.
  ///
  /// - Parameters:
  ///   - id: the same for every try.
  ///   - timestamp: seconds since 1970, of this try.
  package func headers(id: String, timestamp: Int64, body: [UInt8]) -> [(String, String)] {
    let signed = Array("\(id).\(timestamp).".utf8) + body
    let signatures = keys.map { "v1,\(Base64.encode(Digest.hmacSHA256(key: $0, signed)))" }
    return Self.unsigned(id: id, timestamp: timestamp) + [("webhook-signature", signatures.joined(separator: " "))]
  }

  /// What a request says that is not signed.
  static func unsigned(id: String, timestamp: Int64) -> [(String, String)] {
    [("webhook-id", id), ("webhook-timestamp", String(timestamp))]
  }
}
