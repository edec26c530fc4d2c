import Encodings
import Checksums

/// How a request's body enters its signature: the value of `x-amz-content-sha256`.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
package enum PayloadHash: Sendable, Equatable {
  /// The SHA-256 of the whole body, 64 lower-case hexadecimal digits.
  case sha256(hex: String)
  /// The body is not covered.
  case unsigned
  /// aws-chunked, every chunk signed.
  case streaming
  /// aws-chunked, every chunk and the trailing headers signed.
  case streamingTrailer
  /// aws-chunked with trailing headers, nothing of the body signed.
  case streamingUnsignedTrailer

  package static func of(_ body: [UInt8]) -> PayloadHash { .sha256(hex: Digest.sha256(body).hexString) }

  /// The hash of no bytes at all.
  package static let empty = PayloadHash.sha256(hex: emptyHex)
  static let emptyHex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

  package var headerValue: String {
    switch self {
    case .sha256(let hex): hex
    case .unsigned: "UNSIGNED-PAYLOAD"
    case .streaming: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    case .streamingTrailer: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
    case .streamingUnsignedTrailer: "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    }
  }

  /// The body arrives in aws-chunked framing.
  package var isStreaming: Bool {
    switch self {
    case .sha256, .unsigned: false
    case .streaming, .streamingTrailer, .streamingUnsignedTrailer: true
    }
  }

  /// The chunks carry signatures.
  package var hasSignedChunks: Bool { self == .streaming || self == .streamingTrailer }

  /// `nil` where `headerValue` is none of the documented values (the SigV4A forms among them).
  package init?(headerValue: String) {
    let named: [PayloadHash] = [.unsigned, .streaming, .streamingTrailer, .streamingUnsignedTrailer]
    if let match = named.first(where: { $0.headerValue == headerValue }) {
      self = match
    } else if headerValue.utf8.count == 64, headerValue == headerValue.lowercased(), Hex.decode(headerValue) != nil {
      self = .sha256(hex: headerValue)
    } else {
      return nil
    }
  }
}
