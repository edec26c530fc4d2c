package import CLibAV
package import MediaTypes

/// One compressed picture, owned.
package final class Packet {
  package let raw: UnsafeMutablePointer<AVPacket>

  package init() throws(MediaError) {
    guard let raw = av_packet_alloc() else { throw MediaError(.decodeFailed, "no memory for a packet") }
    self.raw = raw
  }

  deinit {
    var raw: UnsafeMutablePointer<AVPacket>? = raw
    av_packet_free(&raw)
  }

  /// Presentation time in the stream's time base, where the container or a parser knows it.
  package var pts: Int64? { raw.pointee.pts == zt_no_timestamp ? nil : raw.pointee.pts }
  package var dts: Int64? { raw.pointee.dts == zt_no_timestamp ? nil : raw.pointee.dts }
  /// Makes its times, which count from anywhere, count from `origin`.
  package func countTimes(from origin: Int64) {
    if let pts { raw.pointee.pts = pts &- origin }
    if let dts { raw.pointee.dts = dts &- origin }
  }
  package func shiftTimes(by ticks: Int64) {
    if ticks != 0 { countTimes(from: 0 &- ticks) }
  }
  /// Where it begins in the file; below 0 if not known.
  package var position: Int64 { raw.pointee.pos }
  package var duration: Int64 { max(0, raw.pointee.duration) }
  package var isKey: Bool { raw.pointee.flags & AV_PKT_FLAG_KEY != 0 }
  /// Needed for decoding others but outside the edit list: never shown.
  package var isHidden: Bool { raw.pointee.flags & AV_PKT_FLAG_DISCARD != 0 }
  package var isCorrupt: Bool { raw.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 }
  package var size: Int { Int(raw.pointee.size) }
  package var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: raw.pointee.data, count: size) }
}
