import CLibAV
package import Core
import LibAV
package import MediaTypes

/// Finds key frames at which a video can be cut into parts that are encoded apart.
package enum PartBoundaries {
  /// Boundaries so that about `count` parts cost the same, none shorter than `least` seconds. Blocks while reading.
  ///
  /// - Parameters:
  ///   - facts: of `source`.
  ///   - count: parts wanted; fewer come out if there are too few key frames.
  ///   - least: seconds of a part at least.
  /// - Returns: where the second and later parts begin, ascending; empty if the video cannot be cut.
  package static func find(
    _ source: any ByteSource, facts: MediaFacts, count: Int, least: Double, limits: MediaLimits = MediaLimits(),
    cancellation: CancellationFlag = CancellationFlag()
  ) throws -> [PartBoundary] {
    guard count > 1, let video = facts.video, let start = video.start else { return [] }
    let file = try SourceFile(source, limits: limits, cancellation: cancellation)
    guard file.hasExactTimes, video.timeBase.numerator > 0, video.timeBase.denominator > 0 else { return [] }
    try file.select([video.index])
    let step = max(1, Int64(least / video.timeBase.value))
    if file.isMOV, let costs = IndexedCosts(file.streams[video.index]) {
      let wanted = (1..<count).map { costs.total / Double(count) * Double($0) }
      return try boundaries(file, video: video, after: start, least: step, at: wanted.map(costs.key))
    }
    if file.formatName == "mpegts" {
      let keys = try scan(file, video: video)
      return choose(from: keys, start: start, count: count, least: step)
    }
    let length = Int64(facts.length / video.timeBase.value)
    guard length > 0 else { return [] }
    let wanted = (1..<count).map { start + length / Int64(count) * Int64($0) }
    return try boundaries(file, video: video, after: start, least: step, at: wanted.map { $0 })
  }

  /// The key frame that a seek to each of `times` finds, those left out that are too close to the one before.
  private static func boundaries(
    _ file: SourceFile, video: VideoStreamFacts, after start: Int64, least: Int64, at times: [Int64]
  ) throws -> [PartBoundary] {
    var found: [PartBoundary] = []
    let packet = try Packet()
    for time in times {
      guard try file.seek(video.index, to: time), try file.read(into: packet), packet.isKey, !packet.isHidden,
        let pts = packet.pts
      else { continue }
      let boundary = PartBoundary(time: pts, decodingTime: packet.dts ?? pts)
      guard boundary.time - (found.last?.time ?? start) >= least else { continue }
      found.append(boundary)
    }
    return found
  }

  /// Every key frame of a stream without an index. Empty if its times jump: then it is encoded in one piece.
  private static func scan(_ file: SourceFile, video: VideoStreamFacts) throws -> [PartBoundary] {
    var keys: [PartBoundary] = []
    var last: Int64?
    let packet = try Packet()
    let jump = Int64(10 / video.timeBase.value)
    while try file.read(into: packet) {
      guard let pts = packet.pts, let dts = packet.dts else { return [] }
      if let last, dts < last || dts - last > jump { return [] }
      last = dts
      if packet.isKey { keys.append(PartBoundary(time: pts, decodingTime: dts)) }
    }
    return keys
  }

  private static func choose(from keys: [PartBoundary], start: Int64, count: Int, least: Int64) -> [PartBoundary] {
    guard let end = keys.last?.time, end > start else { return [] }
    var found: [PartBoundary] = []
    for number in 1..<count {
      let wanted = start + (end - start) / Int64(count) * Int64(number)
      guard let nearest = keys.min(by: { abs($0.time - wanted) < abs($1.time - wanted) }),
        nearest.time - (found.last?.time ?? start) >= least
      else { continue }
      found.append(nearest)
    }
    return found
  }
}

/// What it costs to encode the pictures of an MP4 file up to each key frame: as much for each picture, and as much again
/// for a picture's share of the bytes.
private struct IndexedCosts {
  private var keys: [(time: Int64, cost: Double)] = []
  private(set) var total: Double = 0

  init?(_ stream: UnsafeMutablePointer<AVStream>) {
    let count = Int(zt_index_count(stream))
    guard count > 1, stream.pointee.nb_frames > 0 else { return nil }
    var bytes: Int64 = 0
    for index in 0..<count { bytes += Int64(avformat_index_get_entry(stream, Int32(index))!.pointee.size) }
    let perByte = bytes > 0 ? 0.5 * Double(count) / Double(bytes) : 0
    for index in 0..<count {
      let entry = avformat_index_get_entry(stream, Int32(index))!.pointee
      if entry.flags & AVINDEX_KEYFRAME != 0 { keys.append((entry.timestamp, total)) }
      total += 1 + perByte * Double(entry.size)
    }
  }

  /// The time of the key frame whose cost is nearest.
  func key(_ cost: Double) -> Int64 {
    keys.min { abs($0.cost - cost) < abs($1.cost - cost) }?.time ?? 0
  }
}
