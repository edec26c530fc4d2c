import S3Protocol
package import ObjectStore

/// One source object's content rendered with one set of settings: what a job, its records and its manifest belong to.
package struct SourceVersion: Sendable, Hashable, CustomStringConvertible {
  /// The source's ETag, without quotes.
  package let etag: String
  /// Fingerprint of the settings that it is rendered with.
  package let settings: String
  /// A token that asks for a new rendering of the same bytes, from the source's metadata `zoetrope-run`.
  package let run: String?

  /// The user metadata (`x-amz-meta-zoetrope-run`) by which an upload asks to be rendered even where the same bytes were
  /// rendered before; any value, a new one each time.
  package static let runMetadata = "zoetrope-run"

  /// - Parameter settings: a short text of letters and digits that differs if the settings differ.
  package init(of source: ObjectInfo, settings: String) {
    etag = source.etag.value
    self.settings = settings
    run = source.metadata[Self.runMetadata].map { String($0.filter(\.isSafeInKey).prefix(40)) }
  }

  /// Part of object keys, so only letters, digits and `-`.
  package var description: String {
    ([String(etag.filter(\.isSafeInKey).prefix(64)), settings] + (run.map { [$0] } ?? [])).joined(separator: "-")
  }
}

extension Character {
  fileprivate var isSafeInKey: Bool { isASCII && (isLetter || isNumber || self == "-") }
}
