/// How one file becomes another: in one piece, or in parts by several invocations. Written down once per job.
package struct TranscodePlan: Sendable, Codable, Equatable {
  package enum Mode: String, Sendable, Codable {
    /// The stream fits the target as it is: its packets are written into the other container.
    case copy
    /// Encoded by one invocation.
    case whole
    /// Encoded by several invocations, and joined.
    case parts
  }

  package var mode: Mode
  package var target: TranscodeTarget
  package var quality: TranscodeQuality?
  /// Seconds of audio, as far as they are known.
  package var seconds: Double?
  /// Parts to encode; 1 unless `mode` is `parts`.
  package var count = 1
  /// Time of the first sample that is heard, in the stream's time base.
  package var origin: Int64 = 0
  /// Samples per channel, as far as they are known.
  package var samples: Int64?
  /// Where each part's reader starts, for containers without an index.
  package var starts: [Start]?

  /// A packet that decoding can start at.
  package struct Start: Sendable, Codable, Equatable {
    /// Byte in the file.
    package var position: Int64
    /// In the stream's time base.
    package var time: Int64
  }

  /// A digest of all samples is made beside the parts, since none of them sees all.
  package var hasDigest: Bool { mode == .parts && target == .flac }

  /// Steps that end before the join: the parts, and the digest behind them.
  package var steps: Int { count + (hasDigest ? 1 : 0) }

  package init(mode: Mode, target: TranscodeTarget, quality: TranscodeQuality?, seconds: Double?) {
    self.mode = mode
    self.target = target
    self.quality = quality
    self.seconds = seconds
  }

  /// Seconds of one part.
  static let partSeconds = 60.0
  /// Seconds of audio from which on there is more than one.
  static let leastSeconds = 150.0

  /// About where the samples of a range end in a file of so many bytes: a little late rather than early.
  package func end(of range: Range<Int64>, bytes: Int64) -> Int64 {
    guard let samples, samples > 0, range.upperBound < samples else { return bytes }
    let share = Double(range.upperBound) / Double(samples)
    return min(bytes, Int64(Double(bytes) * (share + 0.01)) + 64 << 10)
  }

  func segments(_ plan: EncodingPlan) -> SegmentPlan? { SegmentPlan(plan, seconds: Self.partSeconds) }
}
