/// What an audio stream is, before any of it is decoded.
package struct AudioFacts: Sendable, Equatable {
  /// libav's short name of the container, such as `mov,mp4,m4a,3gp,3g2,mj2`.
  package var container: String
  /// libav's name of the codec, such as `pcm_s16le`.
  package var codec: String
  /// Samples per second and channel.
  package var sampleRate: Int
  package var channels: Int
  /// Which loudspeakers the channels are for, one bit each as in WAVE; 0 if the file does not say.
  package var channelMask: UInt64
  /// Significant bits of a sample of a lossless codec; 0 for a lossy one.
  package var bits: Int
  /// Samples are floating point numbers by nature, not only because the decoder of a lossy codec works with them.
  package var isFloat: Bool
  /// Samples per channel, exactly; `nil` if only decoding can tell.
  package var samples: Int64?
  /// Seconds, as far as the container says; for progress only.
  package var estimatedSeconds: Double?

  package var isLossless: Bool { bits > 0 }

  package var layout: ChannelLayout {
    channelMask == 0 ? .usual(channels) : ChannelLayout(count: channels, mask: channelMask)
  }

  /// Seconds, if they are known or estimated.
  package var seconds: Double? { samples.map { Double($0) / Double(sampleRate) } ?? estimatedSeconds }
}
