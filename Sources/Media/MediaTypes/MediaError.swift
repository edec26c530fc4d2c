import Core

/// What is wrong with a video, in words a person understands. No further try can mend it.
///
/// Errors of the `ByteSource` and of the `ClipSink` are never wrapped in this: they travel through unchanged.
package struct MediaError: ClassifiedError, Equatable {
  /// The stable names of everything that can be wrong.
  package enum Kind: String, Sendable, CaseIterable {
    /// The source holds no byte at all.
    case emptyFile = "EmptyFile"
    /// Not a video in any of the containers that are read.
    case invalidMedia = "InvalidMedia"
    /// A container without a video stream: audio only, or cover art only.
    case noVideoStream = "NoVideoStream"
    /// A container without an audio stream.
    case noAudioStream = "NoAudioStream"
    /// The file ends before the part without which nothing of it can be shown.
    case truncated = "TruncatedMedia"
    /// A codec that this installation cannot decode.
    case unsupportedCodec = "UnsupportedCodec"
    /// The stream is encrypted.
    case encrypted = "EncryptedMedia"
    /// Larger than the limits allow.
    case tooLarge = "MediaTooLarge"
    /// Not a single picture could be decoded where pictures were wanted.
    case decodeFailed = "DecodeFailed"
    /// Scaling or encoding an output failed.
    case encodeFailed = "EncodeFailed"
    /// The work takes more than a budget allows: CPU time, output bytes.
    case overBudget = "BudgetExceeded"
    /// The request makes no sense for any video.
    case invalidRequest = "InvalidRequest"
    /// `CancellationFlag` was set.
    case cancelled = "Cancelled"
  }

  package let kind: Kind
  package let message: String

  package init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  package var code: String { kind.rawValue }
  package var isRetryable: Bool { false }
}
