package import Demuxing
import CLibAV
import Core
import LibAV

/// Where a video stream ends, from its last packets.
package struct StreamTail {
  /// Largest presentation time and largest end, stream time base.
  package private(set) var lastTime: Int64?
  package private(set) var end: Int64?
  private var secondLastTime: Int64?
  private var doubtful: (time: Int64, duration: Int64)?
  package private(set) var isTruncated = false
  /// Pictures per second, if all of them were read; 0 otherwise.
  package private(set) var frameRate = 0.0
  /// The least time from decoding to showing.
  private var delay: Int64 = 0
  /// Pictures that were looked at.
  private var count = 0
  /// Whether pictures are decoded in another order than they are shown in.
  private var isReordered = false
  /// How long a picture lasts that others refer to and whose time the container leaves out (MPEG-PS): it is shown when the
  /// next one like it is decoded, so only for the last one this has to be remembered.
  private var untimedReference: Int64?

  /// Finds the end, reading as few bytes as the container allows.
  package static func find(_ demuxer: Demuxer, start: StreamStart) throws -> StreamTail {
    var tail = StreamTail()
    tail.delay = start.delay
    tail.isTruncated = try ContainerSize.isCut(demuxer.io.source, format: demuxer.formatName)

    // Times that may jump are known only if all of them are.
    if demuxer.mayJump {
      for packet in start.packets { tail.add(packet, demuxer) }
      try tail.readToEnd(demuxer)
      if let first = start.time, let last = tail.lastTime, last > first {
        tail.frameRate = Double(tail.count - 1) / (Double(last - first) * av_q2d(demuxer.timeBase))
      }
      return tail.completed(demuxer)
    }

    if let indexed = IndexedEnd(demuxer) {
      if indexed.isCut { tail.isTruncated = true }
      // Enough for any reordering; further back where everything near the end is hidden by an edit list.
      var back = 24
      while true {
        let from = max(0, indexed.playable - back)
        if indexed.playable > 0, try demuxer.seek(to: indexed.time(of: from), exact: true) {
          try tail.readToEnd(demuxer)
        }
        if tail.lastTime != nil || from == 0 { break }
        back *= 16
      }
      if tail.lastTime != nil { return tail.completed(demuxer) }
    } else {
      if !demuxer.canEnterAnywhere, let stated = statedEnd(demuxer, start: start) {
        let margin = Int64(2 / max(av_q2d(demuxer.timeBase), 1e-9))
        if try demuxer.seek(to: max(start.time ?? 0, stated - margin), exact: true) {
          try tail.readToEnd(demuxer)
          if tail.isBehind(start) { return tail.completed(demuxer) }
        }
      }
    }
    // Nothing is known of the end: the whole file says it.
    tail.forget()
    var isAtStart = false
    if demuxer.canSeek { isAtStart = try demuxer.seek(to: start.decodingTime ?? start.time ?? 0) }
    if !isAtStart, demuxer.canSeek { isAtStart = try demuxer.seek(toByte: 0) }
    if !isAtStart { for packet in start.packets { tail.add(packet, demuxer) } }
    try tail.readToEnd(demuxer)
    return tail.completed(demuxer)
  }

  private static func statedEnd(_ demuxer: Demuxer, start: StreamStart) -> Int64? {
    guard let length = statedLength(demuxer) else { return nil }
    return (start.time ?? start.decodingTime ?? 0) + Int64(length / av_q2d(demuxer.timeBase))
  }

  /// Seconds as the container states them, for the stream or else for the whole.
  package static func statedLength(_ demuxer: Demuxer) -> Double? {
    let stream = demuxer.stream.pointee
    if stream.duration > 0 { return Double(stream.duration) * av_q2d(stream.time_base) }
    let whole = demuxer.raw.pointee.duration
    return whole > 0 ? Double(whole) / Double(AV_TIME_BASE) : nil
  }

  private mutating func readToEnd(_ demuxer: Demuxer) throws {
    let packet = try Packet()
    while try demuxer.read(into: packet) { add(packet, demuxer) }
    if let leap = doubtful {
      doubtful = nil
      take(leap.time, leap.duration)
    }
    if let duration = untimedReference, let lastTime { take(lastTime + duration, duration) }
  }

  private mutating func add(_ packet: Packet, _ demuxer: Demuxer) {
    let position = packet.raw.pointee.pos
    if packet.isCorrupt || position >= 0 && position + Int64(packet.size) > demuxer.io.source.size {
      isTruncated = true
      return
    }
    if packet.isHidden { return }
    if let pts = packet.pts, let dts = packet.dts, pts > dts {
      isReordered = true
      untimedReference = nil
    } else if isReordered, packet.pts == nil, let dts = packet.dts, let lastTime, dts >= lastTime {
      count += 1
      untimedReference = max(packet.duration, demuxer.ticksPerFrame)
      return
    }
    // Pictures without a time of their own follow at the frame rate.
    let time = shownTime(packet, demuxer) ?? lastTime.map { $0 + demuxer.ticksPerFrame } ?? 0
    count += 1
    let duration = packet.duration > 0 || !isUntimed(packet) ? packet.duration : demuxer.ticksPerFrame
    // A leap counts only if what follows it is as late: one wild time is none.
    let most = mostUsual(demuxer, duration)
    if let leap = doubtful {
      doubtful = nil
      if time >= leap.time - most { take(leap.time, leap.duration) }
    }
    if let last = lastTime, time - last > most {
      doubtful = (time, duration)
    } else {
      if let last = lastTime, secondLastTime == nil, last - time > most { forget() }
      take(time, duration)
    }
  }

  private mutating func take(_ time: Int64, _ duration: Int64) {
    end = max(end ?? .min, time + duration)
    if let last = lastTime, time <= last {
      if time < last { secondLastTime = max(secondLastTime ?? .min, time) }
      return
    }
    secondLastTime = lastTime
    lastTime = time
  }

  /// Ticks by which no decoder holds a picture back.
  private func mostUsual(_ demuxer: Demuxer, _ duration: Int64) -> Int64 {
    Int64(1 / av_q2d(demuxer.timeBase)) + 20 * max(duration, demuxer.ticksPerFrame)
  }

  private mutating func shownTime(_ packet: Packet, _ demuxer: Demuxer) -> Int64? {
    guard let pts = packet.pts, let dts = packet.dts else { return packet.pts ?? packet.dts.map { $0 &+ delay } }
    delay = min(delay, pts &- dts)
    return pts &- dts &- delay > mostUsual(demuxer, packet.duration) ? dts &+ delay : pts
  }

  private func isUntimed(_ packet: Packet) -> Bool { packet.pts == nil && packet.dts == nil }

  private mutating func forget() {
    (lastTime, end, secondLastTime, doubtful, untimedReference) = (nil, nil, nil, nil, nil)
  }

  private func isBehind(_ start: StreamStart) -> Bool {
    guard let lastTime else { return false }
    return lastTime >= start.time ?? start.decodingTime ?? .min
  }

  /// The last picture lasts as long as the one before where nothing else is known.
  private func completed(_ demuxer: Demuxer) -> StreamTail {
    guard let lastTime, let end else { return self }
    var copy = self
    let parameters = demuxer.stream.pointee.codecpar.pointee
    if let secondLastTime, H264Parameters.find(parameters, packets: [])?.mayBeFields == true {
      // The last packet may be half a picture, and no longer than the other half.
      copy.end = min(end, lastTime + (lastTime - secondLastTime))
    }
    if end > lastTime { return copy }
    let rate = demuxer.frameRate > 0 ? demuxer.frameRate : frameRate
    if let secondLastTime {
      copy.end = lastTime + (lastTime - secondLastTime)
    } else if rate > 0 {
      copy.end = lastTime + max(1, Int64((1 / (rate * av_q2d(demuxer.timeBase))).rounded()))
    } else {
      copy.end = lastTime + max(1, Int64(0.04 / av_q2d(demuxer.timeBase)))
    }
    return copy
  }
}

/// What a container's index says of the stream's end: entries that lie behind the end of the file do not count.
private struct IndexedEnd {
  private let stream: UnsafeMutablePointer<AVStream>
  /// Leading entries whose bytes are all there.
  let playable: Int
  let isCut: Bool

  /// `nil` without an index of all pictures: only MP4 and QuickTime have one, if not fragmented.
  init?(_ demuxer: Demuxer) {
    stream = demuxer.stream
    let count = Int(zt_index_count(stream))
    guard demuxer.isMOV, count > 0, stream.pointee.nb_frames > 0 else { return nil }
    let fileSize = demuxer.io.source.size
    var playable = 0
    while playable < count, let entry = avformat_index_get_entry(stream, Int32(playable)) {
      if entry.pointee.pos + Int64(entry.pointee.size) > fileSize { break }
      playable += 1
    }
    self.playable = playable
    isCut = playable < count
  }

  func time(of entry: Int) -> Int64 { avformat_index_get_entry(stream, Int32(entry))!.pointee.timestamp }
}
