import CLibAV
import MediaTypes
import LibAV

/// The first packets of a video stream and the time of its first picture, from which all times count.
struct StreamStart {
  /// What was read to find out, in order.
  var packets: [Packet] = []
  /// The first picture's time in the stream's time base; `nil` where the container has no presentation times.
  var time: Int64?
  /// The first decoding time, where there is one.
  var decodingTime: Int64?

  /// Reads from the file's beginning until no earlier picture can follow.
  static func find(_ demuxer: Demuxer) throws -> StreamStart {
    var start = StreamStart()
    var sawKey = false
    // H.264 and HEVC reorder by at most 16 pictures. An edit list may hide a whole group before the first one shown.
    var shown = 0
    while shown < 17, start.packets.count < (sawKey ? 1200 : 300) {
      let packet = try Packet()
      guard try demuxer.read(into: packet) else { break }
      start.packets.append(packet)
      if start.packets.count == 1 { try checkReadable(packet) }
      if packet.isKey && !sawKey {
        sawKey = true
        start.time = nil
      }
      if start.decodingTime == nil { start.decodingTime = packet.dts }
      if packet.isHidden { continue }
      if sawKey { shown += 1 }
      guard let pts = packet.pts else {
        // One picture without a time makes all of them doubtful: the decoder's guesses count then.
        start.time = nil
        break
      }
      start.time = min(start.time ?? pts, pts)
      if sawKey, let dts = packet.dts, dts >= start.time!, shown > 1 { break }
    }
    if start.packets.isEmpty {
      throw MediaError(.noVideoStream, "the video stream holds no picture")
    }
    return start
  }

  private static func checkReadable(_ packet: Packet) throws(MediaError) {
    var size = 0
    if av_packet_get_side_data(packet.raw, AV_PKT_DATA_ENCRYPTION_INFO, &size) != nil {
      throw MediaError(.encrypted, "the video is encrypted")
    }
  }
}
