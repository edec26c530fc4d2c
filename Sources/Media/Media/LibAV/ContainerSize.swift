import Core

/// Containers that write down how long they are, checked against how long the file is.
enum ContainerSize {
  /// Whether the file ends before its container does. `false` also where the container does not say.
  static func isCut(_ source: any ByteSource, format: String) throws -> Bool {
    if format == "avi" {
      let head = try source.bytes(at: 0, count: 8)
      guard head.count == 8 else { return false }
      let size = head[4..<8].reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
      return size > 0 && size < 0xffff_ffff && size + 8 > source.size + 1
    }
    if format.hasPrefix("matroska,") { return try segmentIsCut(source) }
    return false
  }

  /// RFC 8794 §4–6 and RFC 9559: an EBML header, then the Segment with its size, all ones where unknown.
  private static func segmentIsCut(_ source: any ByteSource) throws -> Bool {
    let head = try source.bytes(at: 0, count: 4096)
    var offset = 0
    for _ in 0..<8 {
      guard let id = number(head, &offset, keepMarker: true), let size = number(head, &offset, keepMarker: false)
      else { return false }
      if id == 0x1853_8067 { return size >= 0 && Int64(offset) + size > source.size }
      guard size >= 0, Int64(offset) + size < Int64(head.count) else { return false }
      offset += Int(size)
    }
    return false
  }

  /// A variable-size integer; -1 for an unknown size.
  private static func number(_ bytes: [UInt8], _ offset: inout Int, keepMarker: Bool) -> Int64? {
    guard offset < bytes.count, bytes[offset] != 0 else { return nil }
    let length = bytes[offset].leadingZeroBitCount + 1
    guard offset + length <= bytes.count else { return nil }
    var value = Int64(bytes[offset])
    if !keepMarker { value &= (1 << (8 - length)) - 1 }
    for index in 1..<max(length, 1) { value = value << 8 | Int64(bytes[offset + index]) }
    offset += length
    if !keepMarker, value == (Int64(1) << (7 * length)) - 1 { return -1 }
    return value
  }
}

extension ByteSource {
  /// Up to `count` bytes from `offset`, fewer at the end.
  func bytes(at offset: Int64, count: Int) throws -> [UInt8] {
    let wanted = Int(min(Int64(count), max(0, size - offset)))
    return try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
      while filled < wanted {
        let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled..<wanted])
        let got = try read(at: offset + Int64(filled), into: rest)
        if got == 0 { break }
        filled += got
      }
    }
  }
}
