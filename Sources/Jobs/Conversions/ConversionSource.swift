import Encodings
package import RemoteFetch

/// Where the video of a conversion is.
package enum ConversionSource: Sendable, Equatable {
  case remote(RemoteURL)
  /// In the object store; only for this machine's user.
  case stored(StoredVideo)

  /// For logs: without what may be secret.
  package var subject: String {
    switch self {
    case .remote(let url): url.subject
    case .stored(let video): video.description
    }
  }
}

/// An object that is converted, named as `s3://BUCKET/KEY`, the key percent-coded.
package struct StoredVideo: Sendable, Equatable, CustomStringConvertible {
  package static let scheme = "s3://"

  package let bucket: String
  package let key: String
  /// Of its content; part of the result's name, so that a video that was replaced is converted again. `nil` until it has
  /// been looked up.
  package var etag: String?

  package init(bucket: String, key: String, etag: String? = nil) {
    self.bucket = bucket
    self.key = key
    self.etag = etag
  }

  /// - Returns: `nil` if the text is no such address.
  package init?(_ text: String, etag: String?) {
    guard text.hasPrefix(Self.scheme), text.utf8.count <= 8192 else { return nil }
    let parts = text.dropFirst(Self.scheme.count).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty,
      let key = PercentEncoding.decode(String(parts[1]))
    else { return nil }
    self.init(bucket: String(parts[0]), key: key, etag: etag)
  }

  package var description: String { "\(Self.scheme)\(bucket)/\(PercentEncoding.encode(key, keepSlash: true))" }
}
