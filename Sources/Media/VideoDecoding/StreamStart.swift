package import Demuxing
import CLibAV
import MediaTypes
package import LibAV

/// The first packets of a video stream and the times from which everything counts.
package struct StreamStart {
  /// What was read to find out, in order.
  package private(set) var packets: [Packet] = []
  /// The first picture's time in the stream's time base; `nil` where the container has no presentation times.
  package private(set) var time: Int64?
  /// When presentation begins: with the first picture, or with the sound before it, or as an edit list says.
  package private(set) var origin: Int64?
  /// The first decoding time, if any.
  package private(set) var decodingTime: Int64?
  /// Whether packets' times are those at which their pictures come on screen.
  package private(set) var timesAreShown = true
  /// The least time from a picture's decoding to its appearance.
  package private(set) var delay: Int64 = 0
  /// Packets before the one that decoding can begin with.
  private var undecodable = 0

  /// Of an excerpt: only the origin is known, and needed.
  package init(origin: Int64) {
    self.origin = origin
    time = origin
  }

  private init() {}

  /// H.264 and HEVC reorder by at most 16 pictures.
  private static let mostReordered = 17

  /// Reads from the file's beginning until no earlier picture can follow.
  package static func find(_ demuxer: Demuxer) throws -> StreamStart {
    var start = StreamStart()
    var isTimed = true
    var isInOrder = mayReorder(demuxer)
    var key: Packet?
    var isGradual = false
    var delay: Int64?
    // An edit list may hide a whole group before the first one shown.
    var shown = 0
    while shown < mostReordered, start.packets.count < (key != nil ? 1200 : 300) {
      let packet = try Packet()
      guard try demuxer.read(into: packet) else { break }
      start.packets.append(packet)
      if start.packets.count == 1 { try checkReadable(packet) }
      if key == nil, demuxer.evidence.isEntry(packet) {
        key = packet
        isGradual = !demuxer.evidence.isKey(packet)
        start.undecodable = start.packets.count - 1
        start.time = nil
      }
      if start.decodingTime == nil { start.decodingTime = packet.dts }
      if packet.isHidden { continue }
      if key != nil { shown += 1 }
      guard let pts = packet.pts else {
        if key == nil { continue }
        // One picture without a time makes all of them doubtful: the decoder's guesses count then.
        isTimed = false
        break
      }
      if packet.dts != pts { isInOrder = false }
      // No picture is shown before it is decoded; a time that says so is wild.
      if let dts = packet.dts, Double(dts &- pts) * av_q2d(demuxer.timeBase) > 1 { continue }
      start.time = min(start.time ?? pts, pts)
      if key != nil, let dts = packet.dts, dts >= start.time!, shown > 1, !demuxer.listensForSound, !isInOrder { break }
    }
    demuxer.stopListening()
    if start.packets.isEmpty {
      throw MediaError(.noVideoStream, "the video stream holds no picture")
    }
    if !isTimed { start.time = nil }
    for packet in start.packets {
      guard let pts = packet.pts, let dts = packet.dts else { continue }
      delay = min(delay ?? .max, pts &- dts)
    }
    start.delay = delay ?? 0
    if isGradual, isTimed {
      // What was recorded from a stream in the middle of a refresh begins with the first complete frame.
      if let first = try start.firstPicture(demuxer)?.time { start.time = first }
    } else {
      try start.lookAtPictures(demuxer, key: key, isInOrder: isInOrder && isTimed)
    }
    start.origin = start.time.map { origin(demuxer, first: $0) }
    return start
  }

  /// Sound that is earlier than the pictures by no more than this, in seconds, is what its encoder needs to begin with.
  private static let mostPriming = 0.1

  private static func origin(_ demuxer: Demuxer, first: Int64) -> Int64 {
    if demuxer.startsAtZero { return min(first, 0) }
    guard let sound = demuxer.firstSound, Double(first - sound) * av_q2d(demuxer.timeBase) > mostPriming else {
      return first
    }
    return sound
  }

  /// Decodes where packets alone do not tell: pictures before the first key frame that need others, and times that are not
  /// those of showing.
  ///
  /// - Parameter isInOrder: pictures are said to be shown as they are decoded, though the codec can do otherwise.
  private mutating func lookAtPictures(_ demuxer: Demuxer, key: Packet?, isInOrder: Bool) throws {
    guard let first = time, let key, let keyTime = key.pts else { return }
    let leads = first < keyTime
    let known = H264Parameters.find(demuxer.stream.pointee.codecpar.pointee, packets: packets)?.reordered
    if isInOrder, let known { timesAreShown = known == 0 }
    let isDoubtful = isInOrder && known == nil && packets.count - undecodable > 2
    guard leads || isDoubtful else { return }
    let decoder = try Decoder(demuxer, threads: 1)
    var earliest: Int64?
    let frame = try Frame()
    for packet in packets[undecodable...] {
      try decoder.send(packet)
      while case .frame = try decoder.receive(into: frame) {
        if earliest == nil { earliest = frame.time }
      }
      if !isDoubtful, earliest != nil { break }
    }
    if leads, let earliest, earliest > first { time = earliest }
    if isDoubtful, decoder.reorders { timesAreShown = false }
  }

  private static func mayReorder(_ demuxer: Demuxer) -> Bool {
    let parameters = demuxer.stream.pointee.codecpar.pointee
    guard [AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_MPEG4].contains(parameters.codec_id) else { return false }
    return H264Parameters.find(parameters, packets: [])?.reordered != 0
  }

  /// The first picture that can be decoded; `nil` if none can within reason. What is read for it joins `packets`.
  package mutating func firstPicture(_ demuxer: Demuxer) throws -> Frame? {
    let decoder = try Decoder(demuxer, threads: 1)
    let frame = try Frame()
    var next = undecodable
    while next <= Self.mostForPicture {
      if next == packets.count {
        let packet = try Packet()
        guard try demuxer.read(into: packet) else { break }
        packets.append(packet)
      }
      try decoder.send(packets[next])
      next += 1
      if case .frame = try decoder.receive(into: frame) { return frame }
    }
    try decoder.send(nil)
    if case .frame = try decoder.receive(into: frame) { return frame }
    return nil
  }

  private static let mostForPicture = 600

  /// Pictures per second of the first ones; 0 where unknown.
  package func measuredFrameRate(_ demuxer: Demuxer) -> Double {
    let times = packets[undecodable...].compactMap { $0.isHidden ? nil : $0.pts }.sorted()
    guard times.count > 2, let first = times.first, let last = times.last, last > first else { return 0 }
    return Double(times.count - 1) / (Double(last - first) * av_q2d(demuxer.timeBase))
  }

  private static func checkReadable(_ packet: Packet) throws(MediaError) {
    var size = 0
    if av_packet_get_side_data(packet.raw, AV_PKT_DATA_ENCRYPTION_INFO, &size) != nil {
      throw MediaError(.encrypted, "the video is encrypted")
    }
  }
}
