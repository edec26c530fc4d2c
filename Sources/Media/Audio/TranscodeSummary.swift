package import AudioDecoding

/// What a transcoding made.
package struct TranscodeSummary: Sendable, Equatable {
  package var source: AudioFacts
  /// Samples per channel.
  package var samples: Int64
  package var sampleRate: Int
  package var channels: Int
  package var seconds: Double { Double(samples) / Double(sampleRate) }
}
