import Checksums
import RuntimeCore

/// The digests that a body is sent with.
struct ContentDigests: Sendable {
  let md5: [UInt8]
  /// In hexadecimal, as it is signed.
  let sha256: String

  /// More than this keeps a core busy for milliseconds, which is not for the cooperative pool. In bytes.
  private static let heavy = 256 << 10

  init(_ bytes: [UInt8]) {
    md5 = Digest.md5(bytes)
    sha256 = Digest.sha256(bytes).hexString
  }

  /// The same without holding up other tasks.
  static func of(_ bytes: [UInt8]) async throws -> ContentDigests {
    guard bytes.count > heavy else { return ContentDigests(bytes) }
    return try await DedicatedThread.run(name: "digest") { ContentDigests(bytes) }
  }
}
