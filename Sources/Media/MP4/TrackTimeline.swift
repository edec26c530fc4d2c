/// The times of a track's samples as an MP4 file states them.
///
/// Decoding times are made from presentation times alone: those in ascending order, later by as many pictures as the
/// order of decoding differs at most. So they ascend across the joins of parts that were encoded apart, and every
/// presentation time stays exact.
package struct TrackTimeline {
  /// From each sample to the next, ticks.
  package let steps: [UInt32]
  /// From decoding to presentation, ticks; empty if all are 0.
  package let offsets: [UInt32]
  /// The first sample's decoding time, ticks from the presentation's start; not positive if the track starts there.
  package let firstDecoding: Int64
  /// Presentation begins here, not before 0, and ends where the last sample does.
  package let start: Int64
  package let end: Int64

  package var length: Int64 { steps.reduce(0) { $0 + Int64($1) } }

  /// - Parameter cutsSamples: sound: presentation may begin within a sample. Pictures are shown from their beginning.
  package init(_ samples: [Sample], cutsSamples: Bool) {
    guard !samples.isEmpty else {
      (steps, offsets, firstDecoding, start, end) = ([], [], 0, 0, 0)
      return
    }
    let order = samples.indices.sorted { (samples[$0].time, $0) < (samples[$1].time, $1) }
    let sorted = order.map { samples[$0].time }
    var delay = 0
    for (rank, index) in order.enumerated() { delay = max(delay, index - rank) }
    let lastStep = sorted.count > 1 ? sorted[sorted.count - 1] - sorted[sorted.count - 2] : 1
    let stated = Int64(samples[order[order.count - 1]].duration)
    let last = max(1, stated > 0 ? stated : lastStep)
    let firstStep = max(1, sorted.count > 1 ? sorted[1] - sorted[0] : last)
    var decoding = [Int64](repeating: 0, count: samples.count)
    for index in samples.indices {
      decoding[index] = index >= delay ? sorted[index - delay] : sorted[0] - Int64(delay - index) * firstStep
      // Equal presentation times must not make equal decoding times.
      if index > 0, decoding[index] <= decoding[index - 1] { decoding[index] = decoding[index - 1] + 1 }
    }
    let count = samples.count
    steps = (0..<count).map { UInt32(clamping: $0 + 1 < count ? decoding[$0 + 1] - decoding[$0] : last) }
    let offsets = (0..<count).map { UInt32(clamping: samples[$0].time - decoding[$0]) }
    self.offsets = offsets.allSatisfy { $0 == 0 } ? [] : offsets
    firstDecoding = decoding[0]
    start = cutsSamples ? max(0, sorted[0]) : sorted.first { $0 >= 0 } ?? sorted[0]
    end = sorted[sorted.count - 1] + last
  }
}
