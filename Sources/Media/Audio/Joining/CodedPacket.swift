import CLibAV
import LibAV
import MediaTypes

/// One encoded packet as plain bytes.
struct CodedPacket: Equatable {
  var bytes: [UInt8]
  /// Samples per channel that it stands for.
  var duration: Int64

  init(bytes: [UInt8], duration: Int64) {
    self.bytes = bytes
    self.duration = duration
  }

  init(_ packet: Packet) {
    bytes = Array(packet.bytes)
    duration = packet.duration
  }

  /// - Parameter time: in samples.
  func packet(at time: Int64) throws(MediaError) -> Packet {
    let packet = try Packet()
    guard av_new_packet(packet.raw, Int32(bytes.count)) >= 0 else {
      throw MediaError(.encodeFailed, "no memory for a packet")
    }
    packet.raw.pointee.data.update(from: bytes, count: bytes.count)
    packet.raw.pointee.pts = time
    packet.raw.pointee.dts = time
    packet.raw.pointee.duration = duration
    packet.raw.pointee.flags |= AV_PKT_FLAG_KEY
    return packet
  }
}

/// Bytes of the smallest and the largest packet so far.
struct PacketSizes {
  private(set) var range: ClosedRange<Int>?

  mutating func add(_ packet: CodedPacket) {
    let size = packet.bytes.count
    range = range.map { min($0.lowerBound, size)...max($0.upperBound, size) } ?? size...size
  }
}
