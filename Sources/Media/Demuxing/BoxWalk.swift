import Core

/// Boxes of an ISO base media file (ISO/IEC 14496-12 §4.2), read one header at a time: for files whose index need not be
/// in memory.
struct BoxWalk {
  let source: any ByteSource

  struct Box {
    let type: String
    let payload: Range<Int64>
  }

  /// More boxes side by side than any file has that was not made to exhaust its readers.
  private static let maximumCount = 20_000

  /// The boxes in `range`, up to the first that does not fit or has the type `last`.
  func boxes(in range: Range<Int64>, upTo last: String? = nil) throws -> [Box] {
    var found: [Box] = []
    var offset = range.lowerBound
    while range.upperBound - offset >= 8, found.count < Self.maximumCount {
      let head = try source.bytes(at: offset, count: 16)
      guard head.count >= 8 else { break }
      var header: Int64 = 8
      var size = head[0..<4].reduce(Int64(0)) { $0 << 8 | Int64($1) }
      if size == 1 {
        guard head.count == 16, head[8] < 0x80 else { break }
        header = 16
        size = head[8..<16].reduce(Int64(0)) { $0 << 8 | Int64($1) }
      } else if size == 0 {
        size = range.upperBound - offset
      }
      guard size >= header, size <= range.upperBound - offset else { break }
      let type = String(decoding: head[4..<8], as: UTF8.self)
      found.append(Box(type: type, payload: (offset + header)..<(offset + size)))
      if type == last { break }
      offset += size
    }
    return found
  }

  /// The first box of a path such as `["mdia", "minf"]` below `range`.
  func box(_ path: [String], in range: Range<Int64>) throws -> Range<Int64>? {
    var range = range
    for type in path {
      guard let next = try boxes(in: range, upTo: type).last, next.type == type else { return nil }
      range = next.payload
    }
    return range
  }

  /// `count` big-endian numbers of 32 bits from `offset`; fewer if the source ends.
  func numbers(at offset: Int64, count: Int) throws -> [UInt32] {
    let bytes = try source.bytes(at: offset, count: 4 * count)
    return stride(from: 0, to: bytes.count - 3, by: 4).map { at in
      bytes[at..<at + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
  }
}
