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

  /// What is not understood here is as the container says.
  package func isKey(_ packet: Packet) -> Bool {
    let bytes = packet.bytes
    switch codec {
    case AV_CODEC_ID_H264:
      // Decoding may begin with other pictures than IDR, which only the container or a parser knows.
      return units(bytes).map { $0.contains { $0 & 31 == 5 } || packet.isKey } ?? packet.isKey
    case AV_CODEC_ID_HEVC:
      guard let units = units(bytes), let slice = units.first(where: { $0 >> 1 & 63 < 32 }) else { return packet.isKey }
      return (16...21).contains(slice >> 1 & 63)
    case AV_CODEC_ID_MPEG4: return Self.type(after: 0xb6, in: bytes).map { $0 >> 6 == 0 } ?? packet.isKey
    case AV_CODEC_ID_MPEG1VIDEO, AV_CODEC_ID_MPEG2VIDEO:
      // Ten bits of order, then three of type.
      return Self.type(after: 0, skipping: 1, in: bytes).map { $0 >> 3 & 7 == 1 } ?? packet.isKey
    case AV_CODEC_ID_VP8: return bytes.first.map { $0 & 1 == 0 } ?? packet.isKey
    default: return packet.isKey
    }
  }

  /// The first byte of each unit; `nil` if the packet does not consist of units.
  private func units(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    var found: [UInt8] = []
    guard let lengthSize else {
      var offset = 0
      while let start = Self.startCode(in: bytes, from: offset), start < bytes.count {
        found.append(bytes[start])
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
      found.append(bytes[unit])
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
