package import Demuxing
package import VideoDecoding
import CLibAV
import Core
import LibAV

/// Makes the `ClipHeader`s of a video from its index.
///
/// Silent (`nil`) about every file it does not fully understand, which is then read with its own index: what the boxes
/// say must be what the demuxer made of them, sample by sample.
package struct ClipIndexer: ClipHeaders {
  private let reader: BoxReader
  private let fileType: [UInt8]
  private let moov: BoxReader.Box
  private let track: BoxReader.Box
  private let samples: SampleTable
  /// Those that the edit list does not hide.
  private let shown: Range<Int>
  private let timescale: Int64
  private let fileSize: Int64
  /// The first picture's time as the demuxer tells it.
  private let origin: Int64
  /// The demuxer's presentation time minus decoding time and composition offset of any sample: the edit list's effect.
  private let shift: Int64
  /// The demuxer's time in its index minus the sample's decoding time.
  private let indexShift: Int64
  /// Added to composition offsets, so that none is negative.
  private let lift: Int64

  /// Longer indexes are not worth keeping in memory.
  private static let maximumIndexBytes: Int64 = 64 << 20
  /// Pictures behind the clip's own: where several B-frames refer to each other the decoder keeps its last pictures until
  /// it has seen so many more, and the process that renders the next clip goes on from there (`ClipSequence`).
  private static let samplesBehind = 8
  /// Gaps between samples up to here are read over, as by the fetch of the bytes.
  private static let largestGap: Int64 = 128 << 10

  /// Reads the file's index once more.
  ///
  /// - Parameters:
  ///   - start: of the same demuxer.
  ///   - leastBytes: a smaller index is not worth the trouble.
  /// - Throws: errors of the source unchanged.
  package init?(_ demuxer: Demuxer, start: StreamStart, leastBytes: Int64) throws {
    let source = demuxer.io.source
    guard demuxer.isMOV, start.timesAreShown, let origin = start.origin, let places = try MOVBoxes.scan(source),
      let place = places.movie,
      (leastBytes...Self.maximumIndexBytes).contains(Int64(place.count)), place.upperBound <= source.size
    else { return nil }
    reader = BoxReader(bytes: try source.bytes(at: place.lowerBound, count: place.count))
    fileType = try places.fileType.map { try source.bytes(at: $0.lowerBound, count: $0.count) } ?? []
    self.origin = origin
    fileSize = source.size
    let reader = reader
    guard let moov = reader.boxes(in: 0..<reader.bytes.count)?.first, moov.type == "moov",
      let children = reader.boxes(in: moov.payload), !children.contains(where: { $0.type == "mvex" }),
      let track = children.first(where: { reader.trackID($0) == demuxer.stream.pointee.id }),
      let timescale = reader.timescale(track),
      demuxer.timeBase.num == 1, Int64(demuxer.timeBase.den) == timescale,
      let table = reader.box(["mdia", "minf", "stbl"], in: track.payload),
      let samples = SampleTable(reader, stbl: table.payload),
      let agreement = Agreement(samples, demuxer), let shift = samples.shift(of: start.packets)
    else { return nil }
    // As the demuxer does with negative composition offsets (ISO/IEC 14496-12 §8.6.1.3, version 1).
    lift = max(0, -Int64(samples.compositionOffsets.min() ?? 0))
    guard shift == agreement.indexShift + lift else { return nil }
    self.moov = moov
    self.track = track
    self.timescale = timescale
    self.samples = samples
    self.shift = shift
    shown = agreement.shown
    indexShift = agreement.indexShift
  }

  /// The header of the clip that shows the seconds `start` ..< `end`.
  ///
  /// - Parameter start: above 0: the first clip is read with the file's own index, which says where time begins.
  /// - Returns: `nil` where the clip must be read with the file's own index.
  package func header(start: Int, end: Double) -> ClipHeader? {
    guard start > 0, end > Double(start), end < 1e9 else { return nil }
    let first = origin + Int64(start) * timescale
    let last = origin + Int64((end * Double(timescale)).rounded(.up))
    guard let from = lastKey(shownBy: first), shown.contains(from) else { return nil }
    // Pictures are not shown before they are decoded.
    var to = min(samples.firstIndex(decodedFrom: last - indexShift), shown.upperBound)
    while to > from + 1, time(of: to - 1) >= last { to -= 1 }
    to = min(to + Self.samplesBehind, shown.upperBound)
    guard to > from, let extents = extents(of: from..<to), let dataEnd = extents.last?.upperBound, dataEnd <= fileSize
    else { return nil }
    let writer = ClipHeaderWriter(
      reader: reader, fileType: fileType, moov: moov, track: track, samples: samples, range: from..<to,
      lift: lift, dataEnd: dataEnd)
    guard let boxes = writer.boxes() else { return nil }
    let header = ClipHeader(
      start: start, end: end, sourceSize: fileSize, origin: origin - shift - samples.decodingTimes[from] + lift,
      extents: extents, boxes: boxes)
    return header.encoded.count <= ClipHeader.maximumBytes ? header : nil
  }

  /// A sample's presentation time as the demuxer tells it.
  private func time(of index: Int) -> Int64 {
    samples.decodingTimes[index] + Int64(samples.compositionOffsets[index]) + shift
  }

  /// The last key frame that is on screen at `time` or was before.
  private func lastKey(shownBy time: Int64) -> Int? {
    let end = samples.firstIndex(decodedFrom: time - indexShift + 1)
    return samples.keys(in: 0..<end).last { self.time(of: $0) <= time }
  }

  private func extents(of range: Range<Int>) -> [Range<Int64>]? {
    var extents: [Range<Int64>] = []
    let places = range.map { Int64(samples.offsets[$0])..<(Int64(samples.offsets[$0]) + Int64(samples.sizes[$0])) }
    for place in places.sorted(by: { $0.lowerBound < $1.lowerBound }) where !place.isEmpty {
      if let last = extents.last, place.lowerBound - last.upperBound <= Self.largestGap {
        extents[extents.count - 1] = last.lowerBound..<max(last.upperBound, place.upperBound)
      } else {
        extents.append(place)
      }
    }
    return extents.isEmpty ? nil : extents
  }
}

/// What the demuxer's index has in common with the sample table: everything, or there is no agreement.
private struct Agreement {
  let indexShift: Int64
  let shown: Range<Int>

  init?(_ samples: SampleTable, _ demuxer: Demuxer) {
    let count = Int(zt_index_count(demuxer.stream))
    guard count > 0, let entry = avformat_index_get_entry(demuxer.stream, 0)?.pointee,
      // An edit list may leave out samples before the first one that it needs.
      let first = samples.offsets.firstIndex(of: UInt64(bitPattern: entry.pos)), first + count <= samples.count
    else { return nil }
    indexShift = entry.timestamp - samples.decodingTimes[first]
    var keys = samples.keys(in: first..<(first + count))
    var shown: Range<Int>?
    for index in first..<(first + count) {
      guard let entry = avformat_index_get_entry(demuxer.stream, Int32(index - first))?.pointee,
        entry.pos == Int64(samples.offsets[index]), Int64(entry.size) == Int64(samples.sizes[index]),
        entry.timestamp - samples.decodingTimes[index] == indexShift,
        (entry.flags & AVINDEX_KEYFRAME != 0) == (keys.first == index)
      else { return nil }
      if keys.first == index { keys.removeFirst() }
      // Hidden samples may stand before and after those that are shown, not between.
      guard entry.flags & AVINDEX_DISCARD_FRAME == 0 else { continue }
      guard shown == nil || shown!.upperBound == index else { return nil }
      shown = (shown?.lowerBound ?? index)..<(index + 1)
    }
    guard let shown else { return nil }
    self.shown = shown
  }
}

extension SampleTable {
  /// What one constant makes presentation times of decoding times and composition offsets, for all of these packets.
  fileprivate func shift(of packets: [Packet]) -> Int64? {
    var shift: Int64?
    for packet in packets where !packet.isHidden && packet.size > 0 {
      let position = packet.raw.pointee.pos
      guard position >= 0, let time = packet.pts, let index = offsets.firstIndex(of: UInt64(position)) else {
        return nil
      }
      let found = time - decodingTimes[index] - Int64(compositionOffsets[index])
      guard shift == nil || shift == found else { return nil }
      shift = found
    }
    return shift
  }
}

extension BoxReader {
  /// Of a track's header (ISO/IEC 14496-12 §8.3.2); `nil` where `box` is no track.
  fileprivate func trackID(_ box: Box) -> Int32? {
    guard box.type == "trak", let header = self.box(["tkhd"], in: box.payload),
      let version = u32(header.payload.lowerBound)
    else { return nil }
    return u32(header.payload.lowerBound + (version >> 24 == 1 ? 20 : 12)).map { Int32(bitPattern: $0) }
  }

  /// Of a track's media header (ISO/IEC 14496-12 §8.4.2).
  fileprivate func timescale(_ track: Box) -> Int64? {
    guard let header = box(["mdia", "mdhd"], in: track.payload), let version = u32(header.payload.lowerBound) else {
      return nil
    }
    return u32(header.payload.lowerBound + (version >> 24 == 1 ? 20 : 12)).map(Int64.init)
  }
}
