/// What audio is turned into (DESIGN section 6).
package enum TranscodeTarget: String, Sendable, CaseIterable, Codable {
  case mp3, m4a, wav, flac, ogg

  package var contentType: String {
    switch self {
    case .mp3: "audio/mpeg"
    case .m4a: "audio/mp4"
    case .wav: "audio/wav"
    case .flac: "audio/flac"
    case .ogg: "audio/ogg"
    }
  }

  /// Whether decoding gives back the samples that went in.
  package var isLossless: Bool { self == .wav || self == .flac }
}

/// How good, and how large, a lossy target is.
package enum TranscodeQuality: String, Sendable, CaseIterable, Codable {
  case high, standard, low
}
