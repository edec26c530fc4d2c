/// Big-endian numbers and boxes of an ISO base media file (ISO/IEC 14496-12 §4.2) in a run of bytes. Whatever does not
/// fit is `nil`, never a trap: the bytes come from outside.
struct BoxReader {
  let bytes: [UInt8]

  struct Box {
    let type: String
    /// With its header.
    let whole: Range<Int>
    let payload: Range<Int>
  }

  func u32(_ offset: Int) -> UInt32? {
    guard offset >= 0, offset <= bytes.count - 4 else { return nil }
    return UInt32(bytes[offset]) << 24 | UInt32(bytes[offset + 1]) << 16 | UInt32(bytes[offset + 2]) << 8
      | UInt32(bytes[offset + 3])
  }

  func u64(_ offset: Int) -> UInt64? {
    guard let high = u32(offset), let low = u32(offset + 4) else { return nil }
    return UInt64(high) << 32 | UInt64(low)
  }

  /// The boxes in `range`; `nil` where they do not fill it.
  func boxes(in range: Range<Int>) -> [Box]? {
    var found: [Box] = []
    var offset = range.lowerBound
    while offset < range.upperBound {
      // Writers end some lists with four zero bytes.
      if range.upperBound - offset < 8 { break }
      guard let size = u32(offset) else { return nil }
      var header = 8
      var length = Int(size)
      if size == 1 {
        guard let large = u64(offset + 8).flatMap({ Int(exactly: $0) }) else { return nil }
        header = 16
        length = large
      } else if size == 0 {
        length = range.upperBound - offset
      }
      guard length >= header, length <= range.upperBound - offset, found.count < 10_000 else { return nil }
      let type = String(decoding: bytes[(offset + 4)..<(offset + 8)], as: UTF8.self)
      found.append(Box(type: type, whole: offset..<(offset + length), payload: (offset + header)..<(offset + length)))
      offset += length
    }
    return found
  }

  /// The first box of a path such as `["mdia", "minf"]` below `range`.
  func box(_ path: [String], in range: Range<Int>) -> Box? {
    var range = range
    var found: Box?
    for type in path {
      guard let next = boxes(in: range)?.first(where: { $0.type == type }) else { return nil }
      found = next
      range = next.payload
    }
    return found
  }

  /// A full box's table: `count` entries of `width` bytes after version, flags and `lead` further bytes; the count
  /// stands before the entries.
  func table(_ box: Box, lead: Int = 0, width: Int) -> (count: Int, first: Int)? {
    let countOffset = box.payload.lowerBound + 4 + lead
    guard let count = u32(countOffset).map(Int.init), countOffset + 4 + count * width <= box.payload.upperBound else {
      return nil
    }
    return (count, countOffset + 4)
  }
}
