import Checksums
import Encodings
package import ObjectCache

/// Where the service keeps what in the cache bucket.
package struct ConversionPlaces: Sendable {
  package let bucket: String

  package init(bucket: String) {
    self.bucket = bucket
  }

  package static let results = "conversion/results/"
  package static let tokens = "conversion/tokens/"
  package static let queue = "conversion/queue/"

  /// - Parameter key: of the parameters.
  package func entry(_ key: String) -> CacheEntry {
    CacheEntry(bucket: bucket, prefix: "conversion/making/\(key)/", key: "\(Self.results)\(key).gif")
  }

  func claim(_ key: String) -> String { "conversion/making/\(key)/claim" }

  /// There while the conversion waits.
  package func marker(_ key: String) -> String { Self.queue + key }

  /// Tokens themselves are not written down.
  func record(of token: String) -> String { Self.tokens + Digest.sha256(Array(token.utf8)).hexString }
}
