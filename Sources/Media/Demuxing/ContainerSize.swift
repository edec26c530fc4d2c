package import Core

/// Containers that write down how long they are, checked against how long the file is.
package enum ContainerSize {
  /// Whether the file ends before its container does. `false` also where the container does not say.
  package static func isCut(_ source: any ByteSource, format: String) throws -> Bool {
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
      guard let id = EBML.number(head, &offset, keepMarker: true),
        let size = EBML.number(head, &offset, keepMarker: false)
      else { return false }
      if id == 0x1853_8067 { return size >= 0 && Int64(offset) + size > source.size }
      guard size >= 0, Int64(offset) + size < Int64(head.count) else { return false }
      offset += Int(size)
    }
    return false
  }
}

extension ByteSource {
  /// Up to `count` bytes from `offset`, fewer at the end.
  package func bytes(at offset: Int64, count: Int) throws -> [UInt8] {
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
