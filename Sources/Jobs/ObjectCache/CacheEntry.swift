/// One result: where it will be, and where its claim and chunks are while it is made.
package struct CacheEntry: Sendable, Hashable {
  package let bucket: String
  /// Of the claim and the chunks; ends in `/`. Nothing else is below it.
  package let prefix: String
  /// Of the finished object; not below `prefix`.
  package let key: String

  /// - Parameter prefix: completed by a `/` where it lacks one.
  package init(bucket: String, prefix: String, key: String) {
    self.bucket = bucket
    self.prefix = prefix.hasSuffix("/") ? prefix : "\(prefix)/"
    self.key = key
  }

  var claimKey: String { "\(prefix)claim" }

  func chunkKey(_ number: Int) -> String {
    let digits = "\(number)"
    return "\(prefix)chunk-\(String(repeating: "0", count: max(0, 8 - digits.utf8.count)))\(digits)"
  }

  /// Its age tells when the result was last asked for.
  var lastUseKey: String { "\(key)\(Self.lastUseSuffix)" }

  static let lastUseSuffix = ".used"
}
