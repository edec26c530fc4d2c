import AudioDecoding
import CLibAV
import MediaTypes

/// Cuts a run of samples into the overlapping ranges that segments are encoded from.
struct ChunkCutter {
  private let layout: SampleLayout
  private let segments: SegmentPlan
  /// Ranges that are being filled: more than one where they overlap.
  private var open: [(number: Int, buffer: SampleBuffer)] = []
  private var next = 0
  /// Samples per channel so far.
  private(set) var total: Int64 = 0

  init(_ layout: SampleLayout, _ segments: SegmentPlan) {
    self.layout = layout
    self.segments = segments
  }

  /// - Parameter emit: called with the number and the samples of every range that is full. Whether it is the last one is not
  ///   known then, so it is called when the next sample comes.
  mutating func add(
    _ planes: [UnsafeMutablePointer<UInt8>?], _ count: Int, _ emit: (Int, SampleBuffer) throws -> Void
  ) throws {
    var offset = 0
    while offset < count {
      // A range that is full and a sample beyond it: not the last one.
      while let first = open.first, segments.samples(of: first.number).upperBound == total {
        open.removeFirst()
        try emit(first.number, first.buffer)
      }
      while segments.samples(of: next).lowerBound <= total {
        let buffer = SampleBuffer(layout)
        let range = segments.samples(of: next)
        try buffer.reserve(Int(range.upperBound - range.lowerBound))
        open.append((next, buffer))
        next += 1
      }
      var end = segments.samples(of: next).lowerBound
      if let first = open.first { end = min(end, segments.samples(of: first.number).upperBound) }
      let step = min(count - offset, Int(end - total))
      for (_, buffer) in open {
        for (index, plane) in planes.prefix(layout.planes).enumerated() {
          let from = plane! + offset * layout.stride
          (buffer.planes[index]! + buffer.count * layout.stride).update(from: from, count: step * layout.stride)
        }
        buffer.count += step
      }
      offset += step
      total += Int64(step)
    }
  }

  /// Gives out the last range: the first that holds everything to the end.
  mutating func finish(_ emit: (Int, SampleBuffer) throws -> Void) throws {
    if open.isEmpty {
      let buffer = SampleBuffer(layout)
      try buffer.reserve(1)
      return try emit(next, buffer)
    }
    try emit(open[0].number, open[0].buffer)
    open = []
  }
}
