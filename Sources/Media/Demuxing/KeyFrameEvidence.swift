package import LibAV
import CLibAV

/// Whether decoding can begin with a packet, from the coded picture itself: containers' sync tables are wrong or missing.
package struct KeyFrameEvidence {
  private let codec: AVCodecID
  /// Bytes of the length before each unit of H.264 and HEVC; `nil` for start codes.
  private let lengthSize: Int?

  init(_ parameters: AVCodecParameters) {
    codec = parameters.codec_id
    let header = UnsafeBufferPointer(start: parameters.extradata, count: Int(max(0, parameters.extradata_size)))
    switch codec {
    case AV_CODEC_ID_H264: lengthSize = header.count >= 7 && header[0] == 1 ? Int(header[4] & 3) + 1 : nil
    case AV_CODEC_ID_HEVC: lengthSize = header.count >= 23 && header[0] == 1 ? Int(header[21] & 3) + 1 : nil
    default: lengthSize = nil
    }
  }

  /// Whether the packet holds a picture: chained Ogg has Theora's headers once more among them (Theora specification §6.1).
  func isPicture(_ packet: Packet) -> Bool {
    codec != AV_CODEC_ID_THEORA || packet.bytes.first.map { $0 & 0x80 == 0 } ?? true
  }

  /// What decoding that begins with a packet gives.
  package enum Entry: Equatable {
    case none
    /// The frame itself, and those shown after it.
    case key
    /// The frame that so many reference frames later is decoded, and those after it: until then a part of each frame is
    /// missing, since it is refreshed gradually (H.264 §D.2.8).
    case gradual(frames: Int)
  }

  /// Whether the packet is a key frame. What is not understood here is as the container says.
  package func isKey(_ packet: Packet) -> Bool { entry(packet) == .key }

  /// Whether decoding can begin with the packet, be it that frames are complete only later.
  package func isEntry(_ packet: Packet) -> Bool { entry(packet) != .none }

  package func entry(_ packet: Packet) -> Entry {
    switch codec {
    case AV_CODEC_ID_H264: h264Entry(packet)
    default: isIndependent(packet) ? .key : .none
    }
  }

  /// Decoding may begin with other frames than IDR, which only the container or a parser knows.
  private func h264Entry(_ packet: Packet) -> Entry {
    let bytes = packet.bytes
    guard let units = units(bytes) else { return packet.isKey ? .key : .none }
    if units.contains(where: { bytes[$0] & 31 == 5 }) { return .key }
    guard packet.isKey else { return .none }
    for unit in units where bytes[unit] & 31 == 6 {
      if let frames = RecoveryPoint.frames(UnsafeBufferPointer(rebasing: bytes[(unit + 1)...])) {
        return frames == 0 ? .key : .gradual(frames: frames)
      }
    }
    return .key
  }

  private func isIndependent(_ packet: Packet) -> Bool {
    let bytes = packet.bytes
    switch codec {
    case AV_CODEC_ID_HEVC:
      guard let units = units(bytes), let slice = units.map({ bytes[$0] >> 1 & 63 }).first(where: { $0 < 32 }) else {
        return packet.isKey
      }
      return (16...21).contains(slice)
    case AV_CODEC_ID_MPEG4: return Self.type(after: 0xb6, in: bytes).map { $0 >> 6 == 0 } ?? packet.isKey
    case AV_CODEC_ID_MPEG1VIDEO, AV_CODEC_ID_MPEG2VIDEO:
      // Ten bits of order, then three of type.
      return Self.type(after: 0, skipping: 1, in: bytes).map { $0 >> 3 & 7 == 1 } ?? packet.isKey
    case AV_CODEC_ID_VP8: return bytes.first.map { $0 & 1 == 0 } ?? packet.isKey
    default: return packet.isKey
    }
  }

  /// Where each unit begins; `nil` if the packet does not consist of units.
  private func units(_ bytes: UnsafeBufferPointer<UInt8>) -> [Int]? {
    var found: [Int] = []
    guard let lengthSize else {
      var offset = 0
      while let start = Self.startCode(in: bytes, from: offset), start < bytes.count {
        found.append(start)
        offset = start
        if found.count >= 64 { break }
      }
      return found.isEmpty ? nil : found
    }
    var offset = 0
    while offset + lengthSize < bytes.count, found.count < 64 {
      let length = bytes[offset..<offset + lengthSize].reduce(0) { $0 << 8 | Int($1) }
      let unit = offset + lengthSize
      guard length > 0, length <= bytes.count - unit else { return nil }
      found.append(unit)
      offset = unit + length
    }
    return found.isEmpty ? nil : found
  }

  /// Of MPEG-1, 2 and 4: a byte behind the start code of a picture, `nil` if there is none.
  private static func type(
    after code: UInt8, skipping: Int = 0, in bytes: UnsafeBufferPointer<UInt8>
  ) -> UInt8? {
    var offset = 0
    while let start = startCode(in: bytes, from: offset), start + 1 + skipping < bytes.count {
      if bytes[start] == code { return bytes[start + 1 + skipping] }
      offset = start
    }
    return nil
  }

  /// Where the byte behind the next start code lies.
  private static func startCode(in bytes: UnsafeBufferPointer<UInt8>, from first: Int) -> Int? {
    var offset = first
    while offset + 3 < bytes.count {
      if bytes[offset + 2] > 1 {
        offset += 3
      } else if bytes[offset] == 0, bytes[offset + 1] == 0, bytes[offset + 2] == 1 {
        return offset + 3
      } else {
        offset += 1
      }
    }
    return nil
  }
}
