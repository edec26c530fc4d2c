import Demuxing
import LibAV
import CLibAV

/// What an H.264 stream's sequence parameter set says that libav does not tell.
struct H264Parameters {
  /// The stream may consist of fields: each of two packets is half a picture then, and packets' times are not those of
  /// pictures.
  let mayBeFields: Bool
  /// By how many pictures others are decoded before they are shown, at most; `nil` if not said.
  let reordered: Int?

  /// - Parameters:
  ///   - parameters: of the stream, with the parameter set if the container has it.
  ///   - packets: of the stream's beginning, which may have it too.
  /// - Returns: `nil` if it is not H.264, or there is no parameter set.
  static func find(_ parameters: AVCodecParameters, packets: [Packet]) -> H264Parameters? {
    guard parameters.codec_id == AV_CODEC_ID_H264 else { return nil }
    if let data = parameters.extradata, parameters.extradata_size > 8 {
      let bytes = UnsafeBufferPointer(start: data, count: Int(parameters.extradata_size))
      if bytes[0] == 1 {
        // ISO/IEC 14496-15 §5.3.3.1: six bytes of configuration, then the length of the first set.
        let length = Int(bytes[6]) << 8 | Int(bytes[7])
        if bytes[5] & 31 > 0, length > 1, 8 + length <= bytes.count, bytes[8] & 31 == 7 {
          return H264Parameters(UnsafeBufferPointer(rebasing: bytes[9..<8 + length]))
        }
      } else if let found = inStartCodes(bytes) {
        return found
      }
    }
    for packet in packets where packet.isKey {
      if let found = inStartCodes(packet.bytes) ?? inLengths(packet.bytes) { return found }
    }
    return nil
  }

  private static func inStartCodes(_ bytes: UnsafeBufferPointer<UInt8>) -> H264Parameters? {
    var offset = 0
    while offset + 4 < bytes.count {
      if bytes[offset] == 0, bytes[offset + 1] == 0, bytes[offset + 2] == 1, bytes[offset + 3] & 31 == 7 {
        return H264Parameters(UnsafeBufferPointer(rebasing: bytes[(offset + 4)...]))
      }
      offset += 1
    }
    return nil
  }

  private static func inLengths(_ bytes: UnsafeBufferPointer<UInt8>) -> H264Parameters? {
    var offset = 0
    while offset + 5 < bytes.count {
      let length = bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length > 0, length <= bytes.count - offset - 4 else { return nil }
      if bytes[offset + 4] & 31 == 7 {
        return H264Parameters(UnsafeBufferPointer(rebasing: bytes[(offset + 5)..<(offset + 4 + length)]))
      }
      offset += 4 + length
    }
    return nil
  }

  /// Reads a sequence parameter set behind its first byte (H.264 §7.3.2.1.1).
  private init(_ set: UnsafeBufferPointer<UInt8>) {
    var bits = BitReader(set)
    let profile = bits.number(8)
    _ = bits.number(16)
    _ = bits.golomb()
    if [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135].contains(profile) {
      let chroma = bits.golomb()
      if chroma == 3 { _ = bits.number(1) }
      bits.skipGolombs(2)
      _ = bits.number(1)
      if bits.number(1) == 1 { Self.skipScalingLists(&bits, count: chroma == 3 ? 12 : 8) }
    }
    _ = bits.golomb()
    switch bits.golomb() {
    case 0: _ = bits.golomb()
    case 1:
      _ = bits.number(1)
      bits.skipGolombs(2)
      bits.skipGolombs(min(bits.golomb(), 255))
    default: break
    }
    _ = bits.golomb()
    _ = bits.number(1)
    bits.skipGolombs(2)
    mayBeFields = bits.number(1) == 0
    if mayBeFields { _ = bits.number(1) }
    _ = bits.number(1)
    if bits.number(1) == 1 { bits.skipGolombs(4) }
    reordered = bits.number(1) == 1 ? Self.reordered(&bits) : nil
  }

  private static func skipScalingLists(_ bits: inout BitReader, count: Int) {
    for list in 0..<count where bits.number(1) == 1 {
      var (last, next) = (8, 8)
      for _ in 0..<(list < 6 ? 16 : 64) {
        if next != 0 { next = (last + bits.signedGolomb() + 256) % 256 }
        if next != 0 { last = next }
      }
    }
  }

  /// Reads video usability information up to `max_num_reorder_frames` (§E.1.1).
  private static func reordered(_ bits: inout BitReader) -> Int? {
    if bits.number(1) == 1, bits.number(8) == 255 { _ = bits.number(32) }
    if bits.number(1) == 1 { _ = bits.number(1) }
    if bits.number(1) == 1 {
      _ = bits.number(4)
      if bits.number(1) == 1 { _ = bits.number(24) }
    }
    if bits.number(1) == 1 { bits.skipGolombs(2) }
    if bits.number(1) == 1 { _ = bits.number(65) }
    var hasBuffer = false
    for _ in 0..<2 where bits.number(1) == 1 {
      hasBuffer = true
      let count = min(bits.golomb(), 31)
      _ = bits.number(8)
      for _ in 0...count {
        bits.skipGolombs(2)
        _ = bits.number(1)
      }
      _ = bits.number(20)
    }
    if hasBuffer { _ = bits.number(1) }
    _ = bits.number(1)
    guard bits.number(1) == 1 else { return nil }
    _ = bits.number(1)
    bits.skipGolombs(4)
    let found = bits.golomb()
    return bits.isBeyondEnd || found > 16 ? nil : found
  }
}
