import LibAV

/// How the times of a stream that start again or jump are joined to one, as players join them: by the place of a packet in
/// the file.
///
/// Times are in the stream's ticks.
package struct JoinedTimeline: Sendable, Equatable {
  package struct Joint: Sendable, Equatable {
    /// Byte of the file from which on it holds.
    package let position: Int64
    /// Added to times.
    package let offset: Int64

    package init(position: Int64, offset: Int64) {
      self.position = position
      self.offset = offset
    }
  }

  package struct Checkpoint: Sendable, Equatable {
    /// Joined decoding time.
    package let time: Int64
    package let position: Int64

    package init(time: Int64, position: Int64) {
      self.time = time
      self.position = position
    }
  }

  /// Ascending; before the first one nothing is added.
  package private(set) var joints: [Joint] = []
  /// Ascending, about one a second.
  package private(set) var checkpoints: [Checkpoint] = []

  package init(joints: [Joint] = [], checkpoints: [Checkpoint] = []) {
    self.joints = joints
    self.checkpoints = checkpoints
  }

  /// Whether the file's own times are the joined ones.
  package var isPlain: Bool { joints.isEmpty }

  package func offset(at position: Int64) -> Int64 {
    index(of: position).map { joints[$0].offset } ?? 0
  }

  private func index(of position: Int64) -> Int? {
    var (low, high) = (0, joints.count)
    while low < high {
      let middle = (low + high) / 2
      if joints[middle].position <= position { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? low - 1 : nil
  }

  /// Where to begin reading to find what is decoded at `time`.
  package func position(before time: Int64) -> Int64 {
    checkpoints.last { $0.time <= time }?.position ?? 0
  }

  mutating func append(_ joint: Joint) { joints.append(joint) }
  package mutating func append(_ checkpoint: Checkpoint) { checkpoints.append(checkpoint) }

  /// What is needed of it to read between two times.
  package func excerpt(from start: Int64, to end: Int64) -> JoinedTimeline {
    if isPlain { return JoinedTimeline() }
    return JoinedTimeline(joints: joints, checkpoints: checkpoints.filter { $0.time >= start && $0.time <= end })
  }
}

/// Joins times in the order of the file: one that goes back, or forward by more than ten seconds, is taken for the one that
/// was due.
struct TimelineJoiner {
  private let secondsPerTick: Double
  /// Bits of the file's times, which start again beyond.
  private let bits: Int32
  private(set) var timeline = JoinedTimeline()
  private var last: Int64?
  private var step: Int64
  private var offset: Int64 = 0
  private var position: Int64 = 0

  private static let longestGap = 10.0
  private static let longestStepBack = 0.1
  /// A file with more joints is noise.
  private static let maximumJoints = 100_000

  init(secondsPerTick: Double, bits: Int32, ticksPerFrame: Int64) {
    self.secondsPerTick = secondsPerTick
    self.bits = bits
    step = ticksPerFrame
  }

  mutating func place(_ packet: Packet) {
    if packet.position >= 0 { position = packet.position }
    guard let time = packet.dts ?? packet.pts else { return }
    if let last {
      let due = last &+ step
      let gap = time &- last
      let seconds = Double(gap) * secondsPerTick
      if seconds < -Self.longestStepBack || seconds > Self.longestGap {
        offset = offset &+ correction(time: time, last: last, due: due)
        if timeline.joints.count < Self.maximumJoints { timeline.append(.init(position: position, offset: offset)) }
      } else if gap > 0, seconds <= 1 {
        step = gap
      }
    }
    last = time
    packet.shiftTimes(by: offset)
    let joined = time &+ offset
    if timeline.checkpoints.last.map({ Double(joined &- $0.time) * secondsPerTick >= 1 }) ?? true {
      timeline.append(.init(time: joined, position: position))
    }
  }

  /// What to add to `time` more than to `last`.
  private func correction(time: Int64, last: Int64, due: Int64) -> Int64 {
    if (1..<63).contains(bits) {
      let gap = (time &- last) & (1 << Int64(bits) - 1)
      if Double(gap) * secondsPerTick <= Self.longestGap { return last &+ gap &- time }
    }
    return due &- time
  }
}
