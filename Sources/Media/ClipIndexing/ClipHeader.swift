package import Demuxing
package import MediaTypes
package import Core
import LibAV

/// A small MP4 header that describes one clip of a long video: enough for the demuxer to read that clip from the
/// original file without the original's index, which for hours of video is as large as many clips.
///
/// The demuxer is shown `boxes` followed by the original file up to the clip's end (`SplicedSource`). The first sample
/// is the key frame from which the picture on screen at the clip's start can be decoded; the last one is a few behind the
/// last in decoding order that is shown before the clip's end.
package struct ClipHeader: Sendable, Equatable {
  /// The clip: second at which it begins, and at which it ends (exclusive).
  package let start: Int
  package let end: Double
  /// Bytes of the original.
  package let sourceSize: Int64
  /// The time of the video's first picture on the header's own time line, in the track's time scale.
  package let origin: Int64
  /// Where the samples lie in the original: ascending, apart from each other by more than is worth reading over.
  let extents: [Range<Int64>]
  /// `ftyp`, `moov` with one track, and the head of an `mdat` that spans the original.
  package let boxes: [UInt8]
  /// Instead of all that: how the times of a stream that may jump are joined. Such a video is read by itself.
  package let timeline: JoinedTimeline?

  /// Bytes of a stored header. A clip of ten minutes with 60 pictures per second has less than 1 MB.
  package static let maximumBytes = 2 << 20

  private static let mark = Array("zclip001".utf8)
  private static let timelineMark = Array("zjoin001".utf8)
  private static let maximumExtents = 10_000

  package init(start: Int, end: Double, sourceSize: Int64, origin: Int64, extents: [Range<Int64>], boxes: [UInt8]) {
    self.start = start
    self.end = end
    self.sourceSize = sourceSize
    self.origin = origin
    self.extents = extents
    self.boxes = boxes
    timeline = nil
  }

  package init(start: Int, end: Double, sourceSize: Int64, timeline: JoinedTimeline) {
    self.start = start
    self.end = end
    self.sourceSize = sourceSize
    origin = 0
    extents = []
    boxes = []
    self.timeline = timeline
  }

  /// As stored: a mark, the numbers (big-endian, 64 bits each), the boxes.
  package var encoded: [UInt8] {
    var writer = BoxWriter()
    writer.raw(timeline == nil ? Self.mark : Self.timelineMark)
    writer.number(Int64(start))
    writer.number(end.bitPattern)
    writer.number(sourceSize)
    if let timeline {
      writer.number(Int64(timeline.joints.count))
      writer.number(Int64(timeline.checkpoints.count))
      for joint in timeline.joints {
        writer.number(joint.position)
        writer.number(joint.offset)
      }
      for checkpoint in timeline.checkpoints {
        writer.number(checkpoint.time)
        writer.number(checkpoint.position)
      }
      return writer.bytes
    }
    writer.number(origin)
    writer.number(Int64(extents.count))
    for extent in extents {
      writer.number(extent.lowerBound)
      writer.number(extent.upperBound)
    }
    writer.number(Int64(boxes.count))
    writer.raw(boxes)
    return writer.bytes
  }

  /// - Returns: `nil` where `bytes` are not what `encoded` makes.
  package init?(encoded bytes: [UInt8]) {
    let isTimeline = bytes.starts(with: Self.timelineMark)
    guard isTimeline || bytes.starts(with: Self.mark), bytes.count <= Self.maximumBytes else { return nil }
    let reader = BoxReader(bytes: bytes)
    var offset = Self.mark.count
    func next() -> Int64? {
      defer { offset += 8 }
      return reader.u64(offset).map { Int64(bitPattern: $0) }
    }
    guard let start = next().flatMap({ Int(exactly: $0) }), let end = next(), let sourceSize = next()
    else { return nil }
    if isTimeline {
      guard let joints = next(), let checkpoints = next(), joints >= 0, checkpoints >= 0,
        joints <= bytes.count / 16, checkpoints <= bytes.count / 16,
        offset + 16 * Int(joints + checkpoints) == bytes.count
      else { return nil }
      func pairs(_ count: Int64) -> [(Int64, Int64)] {
        (0..<count).compactMap { _ in next().flatMap { first in next().map { (first, $0) } } }
      }
      let timeline = JoinedTimeline(
        joints: pairs(joints).map { .init(position: $0, offset: $1) },
        checkpoints: pairs(checkpoints).map { .init(time: $0, position: $1) })
      self.init(
        start: start, end: Double(bitPattern: UInt64(bitPattern: end)), sourceSize: sourceSize, timeline: timeline)
      return
    }
    guard let origin = next(), let count = next(), (1...Int64(Self.maximumExtents)).contains(count)
    else { return nil }
    var extents: [Range<Int64>] = []
    for _ in 0..<count {
      guard let from = next(), let to = next(), from < to, from >= extents.last?.upperBound ?? 0, to <= sourceSize
      else { return nil }
      extents.append(from..<to)
    }
    // Positions in the boxes count from their end, so not one byte may be missing.
    guard let size = next(), size == bytes.count - offset else { return nil }
    self.init(
      start: start, end: Double(bitPattern: UInt64(bitPattern: end)), sourceSize: sourceSize, origin: origin,
      extents: extents, boxes: Array(bytes[offset...]))
  }

  /// Whether it was made for this clip of a source of this size.
  package func describes(_ request: ClipRequest, of source: any ByteSource) -> Bool {
    start == request.start && end == request.end && sourceSize == source.size
  }
}
