/// The chunks of a WebP file (<https://developers.google.com/speed/webp/docs/riff_container>).
enum WebPFile {
  /// The same picture without the chunks that say something of it: libvips' encoder always writes some EXIF.
  static func withoutMetadata(_ file: [UInt8]) -> [UInt8] {
    guard file.count >= 20, file[0..<4].elementsEqual("RIFF".utf8), file[12..<16].elementsEqual("VP8X".utf8) else {
      return file
    }
    var result = Array(file[..<12])
    var position = 12
    while position + 8 <= file.count {
      let length = (0..<4).reduce(0) { $0 | Int(file[position + 4 + $1]) << (8 * $1) }
      let end = min(file.count, position + 8 + length + length % 2)
      let name = String(decoding: file[position..<position + 4], as: UTF8.self)
      if !["EXIF", "XMP ", "ICCP"].contains(name) {
        let start = result.count
        result += file[position..<end]
        // ICC profile, EXIF and XMP are announced by a bit each.
        if name == "VP8X", length > 0 { result[start + 8] &= ~(0x20 | 0x08 | 0x04) }
      }
      position = end
    }
    let length = result.count - 8
    for index in 0..<4 { result[4 + index] = UInt8(truncatingIfNeeded: length >> (8 * index)) }
    return result
  }
}
