import Encodings
import Checksums
import Core

/// The digests that a body is sent with.
struct ContentDigests: Sendable {
  let md5: [UInt8]
  /// In hexadecimal, as it is signed; `nil` where only the header with the MD5 is.
  let sha256: String?

  /// More than this keeps a core busy for milliseconds, which is not for the cooperative pool. In bytes.
  private static let heavy = 256 << 10

  /// How many bodies are digested in little more time than one.
  static let sideBySide = MD5Stream.sideBySide

  /// - Parameter areSigned: with the SHA-256.
  init(_ bytes: [UInt8], areSigned: Bool = true) {
    self = Self.of([bytes], areSigned: areSigned)[0]
  }

  private init(md5: [UInt8], sha256: String?) {
    self.md5 = md5
    self.sha256 = sha256
  }

  /// Those of several bodies. Blocks.
  static func of(_ bodies: [[UInt8]], areSigned: Bool) -> [ContentDigests] {
    zip(bodies, Digest.md5(of: bodies)).map { body, md5 in
      ContentDigests(md5: md5, sha256: areSigned ? Digest.sha256(body).hexString : nil)
    }
  }

  /// The same without holding up other tasks.
  static func of(_ bytes: [UInt8], areSigned: Bool) async throws -> ContentDigests {
    guard bytes.count > heavy else { return ContentDigests(bytes, areSigned: areSigned) }
    return try await DedicatedThread.run(name: "digest") { ContentDigests(bytes, areSigned: areSigned) }
  }
}
