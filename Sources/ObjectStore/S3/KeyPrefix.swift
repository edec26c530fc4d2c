/// A part of a bucket that stands for the whole of it: every key of the bucket is below the prefix.
package struct KeyPrefix: Sendable, Equatable {
  package let bucket: String
  /// Ends in `/`.
  package let prefix: String

  /// - Parameter text: `BUCKET/PREFIX`, with or without a `/` at the end.
  /// - Returns: nil if a part is empty, `.` or `..`.
  package init?(_ text: some StringProtocol) {
    let parts = (text.hasSuffix("/") ? text.dropLast() : text[...]).split(
      separator: "/", omittingEmptySubsequences: false)
    guard parts.count > 1, parts.allSatisfy({ !["", ".", ".."].contains($0) }) else { return nil }
    bucket = String(parts[0])
    prefix = parts.dropFirst().joined(separator: "/") + "/"
  }

  /// `BUCKET/PREFIX/`
  package var text: String { "\(bucket)/\(prefix)" }

  /// The key as the store knows it.
  func stored(_ key: String, in bucket: String) -> String { bucket == self.bucket ? prefix + key : key }

  /// The key as callers know it.
  func known(_ key: String, in bucket: String) -> String {
    // By bytes: a key may begin with a combining character.
    bucket == self.bucket && key.utf8.starts(with: prefix.utf8)
      ? String(decoding: key.utf8.dropFirst(prefix.utf8.count), as: UTF8.self) : key
  }
}

extension KeyPrefix? {
  func stored(_ key: String, in bucket: String) -> String { self?.stored(key, in: bucket) ?? key }
  func known(_ key: String, in bucket: String) -> String { self?.known(key, in: bucket) ?? key }
}
