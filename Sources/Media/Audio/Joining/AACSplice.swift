/// AAC packets stand alone but for the overlap of their windows: both segments must agree on the window before the border.
struct AACSplice: Splice {
  func cost(
    before: (earlier: CodedPacket, later: CodedPacket), at: (earlier: CodedPacket, later: CodedPacket)
  ) -> Int? {
    guard let earlier = Windows(before.earlier.bytes), let later = Windows(before.later.bytes),
      earlier == later
    else { return nil }
    guard let next = Windows(at.later.bytes) else { return nil }
    // Steady sound hides a join best.
    return earlier.areLong && next.areLong ? 0 : 1
  }

  func mend(_ kept: inout [CodedPacket], dropped: CodedPacket, later: CodedSegment, from index: Int) -> Bool { true }

  /// The windows of one packet's channels (ISO/IEC 14496-3, 4.4.2.1).
  struct Windows: Equatable {
    /// Sequence and shape.
    var first: [Int]
    var second: [Int]?

    var areLong: Bool { first[0] == 0 && (second?[0] ?? 0) == 0 }

    /// - Returns: `nil` if the packet does not begin with a channel whose windows can be read.
    init?(_ bytes: [UInt8]) {
      var bits = BitReader(bytes)
      var element = bits.read(3)
      // libavcodec signs its first packet in a fill element.
      while element == 6 {
        var count = bits.read(4)
        if count == 15 { count += bits.read(8) - 1 }
        bits.skip(8 * count)
        element = bits.read(3)
      }
      bits.skip(4)
      switch element {
      case 0:
        bits.skip(8)
        first = Self.window(&bits)
      case 1:
        let isCommon = bits.read(1) == 1
        if isCommon {
          first = Self.window(&bits)
        } else {
          bits.skip(8)
          first = Self.window(&bits)
          // The second channel stands behind the first one's coefficients; that it may differ is risk enough.
          return nil
        }
      default: return nil
      }
    }

    private static func window(_ bits: inout BitReader) -> [Int] {
      bits.skip(1)
      return [bits.read(2), bits.read(1)]
    }
  }
}
