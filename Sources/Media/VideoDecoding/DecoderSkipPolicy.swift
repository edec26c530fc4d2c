import FrameConversion
import Demuxing
package import CLibAV
import MediaTypes
package import LibAV

/// What decoding may skip without changing a single bit of a still, or of any other picture.
struct DecoderSkipPolicy {
  /// From so many samples to one on, block edges in a scaled picture are not told from smoothed ones.
  private static let leastReduction = 3

  private let droppable: DroppableFrames
  /// A packet may be half a picture, so that packets' times are not those of pictures.
  let mayBeFields: Bool
  /// GIFs may be made of pictures without the in-loop filter.
  private let sparesFilter: Bool

  /// - Parameter packets: of the stream's beginning, where they are known.
  init(_ demuxer: Demuxer, _ request: ClipRequest, packets: [Packet]) {
    let parameters = demuxer.stream.pointee.codecpar.pointee
    // If it is not known, what costs more is right in any case.
    mayBeFields =
      parameters.codec_id == AV_CODEC_ID_H264
      && H264Parameters.find(parameters, packets: packets)?.mayBeFields ?? true
    droppable = mayBeFields ? .none : DroppableFrames(parameters)
    let geometry = demuxer.statedGeometry
    sparesFilter = request.gif.map { geometry.stillWidth >= Self.leastReduction * $0.width } ?? false
  }

  /// Whether pictures are decoded from others, so that a decoder that has seen those before is worth keeping.
  var decodesInSequence: Bool {
    if case .all = droppable { false } else { true }
  }

  /// - Returns: `nil` where the decoder need not even see the packet.
  func treatment(of packet: Packet, for use: FrameUse) -> Decoder.Treatment? {
    let spared: Decoder.Treatment
    switch use {
    case .still: return .exact
    case .gifOnly where !sparesFilter: return .exact
    case .gifOnly: spared = .unfiltered
    case .none: spared = .droppable
    }
    switch droppable {
    case .all: return use == .none ? nil : .exact
    case .unreferenced: return spared
    case .highestLayer(let layers): return layers.isHighest(packet) ? spared : .exact
    case .none: return .exact
    }
  }
}

/// Which pictures may be left out without changing a single bit of the others, codec by codec.
package enum DroppableFrames {
  /// Every picture stands alone: one that is not needed is not even given to the decoder.
  case all
  /// The decoder knows which pictures no other refers to, and drops only those when asked.
  case unreferenced
  /// HEVC: "sub-layer non-reference" pictures may still be referred to by higher temporal layers (H.265 §7.4.2.2), so
  /// only those of the highest layer can go.
  case highestLayer(HEVCLayers)
  case none

  package init(_ parameters: AVCodecParameters) {
    switch parameters.codec_id {
    case AV_CODEC_ID_MJPEG, AV_CODEC_ID_PRORES, AV_CODEC_ID_DNXHD, AV_CODEC_ID_RAWVIDEO, AV_CODEC_ID_V210,
      AV_CODEC_ID_JPEG2000, AV_CODEC_ID_DVVIDEO, AV_CODEC_ID_CFHD:
      self = .all
    case AV_CODEC_ID_H264, AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_MPEG1VIDEO, AV_CODEC_ID_MPEG4:
      self = .unreferenced
    case AV_CODEC_ID_HEVC:
      self = HEVCLayers(parameters).map { .highestLayer($0) } ?? .none
    default:
      self = .none
    }
  }
}

/// The temporal layers of an HEVC stream.
package struct HEVCLayers {
  private let count: Int
  /// Bytes of the length before each unit; `nil` for start codes.
  private let lengthSize: Int?

  /// From the decoder configuration record (ISO/IEC 14496-15 §8.3.3.1) or the video parameter set (H.265 §7.3.2.1).
  init?(_ parameters: AVCodecParameters) {
    guard let data = parameters.extradata, parameters.extradata_size > 8 else { return nil }
    let bytes = UnsafeBufferPointer(start: data, count: Int(parameters.extradata_size))
    if bytes[0] == 1, bytes.count >= 23 {
      count = Int(bytes[21] >> 3 & 7)
      lengthSize = Int(bytes[21] & 3) + 1
    } else {
      var offset = 0
      while offset + 6 < bytes.count {
        if bytes[offset] == 0, bytes[offset + 1] == 0, bytes[offset + 2] == 1, bytes[offset + 3] >> 1 & 63 == 32 {
          break
        }
        offset += 1
      }
      guard offset + 6 < bytes.count else { return nil }
      count = Int(bytes[offset + 6] >> 1 & 7) + 1
      lengthSize = nil
    }
    if count == 0 { return nil }
  }

  /// Whether the packet's pictures belong to the highest temporal layer.
  package func isHighest(_ packet: Packet) -> Bool {
    if count == 1 { return true }
    guard let lengthSize else { return false }
    let bytes = packet.bytes
    var offset = 0
    while offset + lengthSize + 2 <= bytes.count {
      let length = bytes[offset..<offset + lengthSize].reduce(0) { $0 << 8 | Int($1) }
      let unit = offset + lengthSize
      // Slices have types below 32.
      if bytes[unit] >> 1 & 63 < 32 { return Int(bytes[unit + 1] & 7) == count }
      offset = unit + length
    }
    return false
  }
}
