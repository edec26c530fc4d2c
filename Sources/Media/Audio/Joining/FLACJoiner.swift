import CLibAV
package import MediaTypes

/// FLAC frames stand alone; only their numbers, and the checks over them, change (RFC 9639, section 9.1).
package struct FLACJoiner: SegmentJoiner {
  private var frames = 0

  mutating func append(_ segment: CodedSegment) throws(MediaError) -> [CodedPacket] {
    var packets = segment.packets
    for index in packets.indices {
      packets[index].bytes = try Self.renumbered(packets[index].bytes, frames)
      frames += 1
    }
    return packets
  }

  /// A frame with another number, as far as it is one of libavcodec's encoder.
  package static func renumbered(_ frame: [UInt8], _ number: Int) throws(MediaError) -> [UInt8] {
    guard frame.count > 9, frame[0] == 0xff, frame[1] == 0xf8 else {
      throw MediaError(.encodeFailed, "the FLAC encoder gave a frame of another form")
    }
    var end = 4 + length(frame[4])
    let numberEnd = end
    switch frame[2] >> 4 {
    case 6: end += 1
    case 7: end += 2
    default: break
    }
    switch frame[2] & 0xf {
    case 12: end += 1
    case 13, 14: end += 2
    default: break
    }
    guard end + 3 < frame.count else {
      throw MediaError(.encodeFailed, "the FLAC encoder gave a frame that is too short")
    }
    var header = Array(frame[..<4]) + coded(number) + frame[numberEnd..<end]
    header.append(UInt8(truncatingIfNeeded: av_crc(av_crc_get_table(AV_CRC_8_ATM), 0, header, header.count)))
    let body = frame[(end + 1)..<(frame.count - 2)]
    let check = FLACFrameCheck.replacing(
      UInt16(frame[frame.count - 2]) << 8 | UInt16(frame[frame.count - 1]),
      header: (former: Array(frame[...end]), new: header), followedBy: body.count)
    var made: [UInt8] = []
    made.reserveCapacity(header.count + body.count + 2)
    made += header
    made += body
    made += [UInt8(check >> 8), UInt8(check & 0xff)]
    return made
  }

  /// Bytes of a number that begins with `first`.
  private static func length(_ first: UInt8) -> Int { first < 0x80 ? 1 : (~first).leadingZeroBitCount }

  /// As UTF-8 codes characters, but to 36 bits.
  package static func coded(_ number: Int) -> [UInt8] {
    if number < 0x80 { return [UInt8(number)] }
    var count = 2
    while number >= 1 << (5 * count + 1) { count += 1 }
    let lead = UInt8(truncatingIfNeeded: 0xff00 >> count) | UInt8(number >> (6 * (count - 1)))
    return [lead] + (1..<count).map { UInt8(0x80 | number >> (6 * (count - 1 - $0)) & 0x3f) }
  }
}
