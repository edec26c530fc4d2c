package import ObjectCache

/// Where the service keeps what in the cache bucket.
package struct TranscodePlaces: Sendable {
  package let bucket: String

  package init(bucket: String) { self.bucket = bucket }

  package static let results = "transcoding/results/"
  static let current = "transcoding/current/"

  /// A finished file of this content with these parameters.
  ///
  /// - Parameters:
  ///   - sha256: of the source, as hexadecimal digits.
  ///   - isStreamed: written without what is known at the end only.
  package func entry(_ parameters: TranscodeParameters, sha256: String, isStreamed: Bool = false) -> CacheEntry {
    let name = parameters.cacheName(isStreamed: isStreamed)
    return CacheEntry(
      bucket: bucket, prefix: "transcoding/making/\(sha256)/\(name)/", key: "\(Self.results)\(sha256)/\(name)")
  }

  /// Names the job that makes a result.
  func current(_ parameters: TranscodeParameters, sha256: String) -> String {
    "\(Self.current)\(sha256)/\(parameters.cacheName(isStreamed: false)).json"
  }
}

/// The content of the document at `TranscodePlaces.current`.
struct CurrentTranscode: Codable, Sendable {
  var id: String
}
