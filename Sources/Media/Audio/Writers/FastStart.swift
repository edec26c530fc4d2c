import AudioDecoding
import MediaTypes

/// Puts the index of an MP4 file before its data while copying, so that it plays before all of it has arrived.
enum FastStart {
  private struct Box {
    let type: String
    let start: Int64
    let size: Int64
  }

  /// - Parameter file: a finished file by libav's muxer: `ftyp`, the data, `moov`.
  /// - Parameter fields: tags that the muxer could not write.
  static func copy(_ file: FileSink, fields: [AudioTags.Field] = [], to sink: any AudioSink) throws {
    let boxes = try topLevel(file)
    guard let movie = boxes.last, movie.type == "moov", let data = boxes.first(where: { $0.type == "mdat" }) else {
      return try file.copy(to: sink)
    }
    var moov = MP4FreeForm.add(fields, to: try file.read(at: movie.start, count: Int(movie.size)))
    let head = boxes.prefix { $0.start < data.start }.last { $0.type == "ftyp" }.map { $0.start + $0.size } ?? 0
    try move(&moov, in: 8..<moov.count, by: Int64(moov.count), depth: 0)
    try sink.write(file.read(at: 0, count: Int(head)))
    try sink.write(moov)
    var position = head
    while position < movie.start {
      let block = try file.read(at: position, count: Int(min(256 << 10, movie.start - position)))
      if block.isEmpty { break }
      try sink.write(block)
      position += Int64(block.count)
    }
  }

  private static func topLevel(_ file: FileSink) throws -> [Box] {
    var boxes: [Box] = []
    var offset: Int64 = 0
    while offset + 8 <= file.size {
      let head = try file.read(at: offset, count: 16)
      var size = number(head, 0, 4)
      if size == 1, head.count == 16 { size = number(head, 8, 8) }
      guard size >= 8, offset + size <= file.size else { break }
      boxes.append(Box(type: String(decoding: head[4..<8], as: UTF8.self), start: offset, size: size))
      offset += size
    }
    return boxes
  }

  /// Adds `distance` to every chunk offset of a movie box.
  private static func move(_ box: inout [UInt8], in range: Range<Int>, by distance: Int64, depth: Int) throws {
    var offset = range.lowerBound
    while offset + 8 <= range.upperBound, depth < 8 {
      let size = Int(number(box, offset, 4))
      guard size >= 8, offset + size <= range.upperBound else { return }
      switch String(decoding: box[(offset + 4)..<(offset + 8)], as: UTF8.self) {
      case "trak", "mdia", "minf", "stbl":
        try move(&box, in: (offset + 8)..<(offset + size), by: distance, depth: depth + 1)
      case "stco": try shift(&box, at: offset, size: size, width: 4, by: distance)
      case "co64": try shift(&box, at: offset, size: size, width: 8, by: distance)
      default: break
      }
      offset += size
    }
  }

  private static func shift(_ box: inout [UInt8], at offset: Int, size: Int, width: Int, by distance: Int64) throws {
    let count = Int(number(box, offset + 12, 4))
    guard 16 + count * width <= size else { return }
    for index in 0..<count {
      let place = offset + 16 + index * width
      let moved = number(box, place, width) + distance
      if width == 4, moved > 0xffff_ffff { throw MediaError(.tooLarge, "an M4A file cannot be larger than 4 GiB here") }
      for byte in 0..<width { box[place + byte] = UInt8(truncatingIfNeeded: moved >> (8 * Int64(width - 1 - byte))) }
    }
  }

  private static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int64 {
    guard offset + count <= bytes.count else { return 0 }
    return bytes[offset..<(offset + count)].reduce(Int64(0)) { $0 << 8 | Int64($1) }
  }
}
