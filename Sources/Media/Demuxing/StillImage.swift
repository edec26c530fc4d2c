import Core
import MediaTypes

/// Files that hold one picture, by their first bytes: some demuxers would take them for videos, or for broken ones.
enum StillImage {
  static func error(_ name: String) -> MediaError {
    MediaError(.invalidMedia, "the file is a still image (\(name)), not a video: a single image has no previews")
  }

  /// - Returns: what to call it; `nil` if the file does not begin like an image.
  static func name(of source: any ByteSource) throws -> String? {
    let head = try source.bytes(at: 0, count: 64)
    if head.starts(with: [0xff, 0xd8, 0xff]) { return try isMotionJPEG(source) ? nil : "JPEG" }
    guard head.count >= 12, head[4..<8].elementsEqual("ftyp".utf8) else { return nil }
    let size = min(head.count, head[0..<4].reduce(0) { $0 << 8 | Int($1) })
    // ISO/IEC 14496-12 §4.3: the major brand, its version, then compatible brands.
    let brands = stride(from: 8, to: size - 3, by: 4).filter { $0 != 12 }.map {
      String(decoding: head[$0..<$0 + 4], as: UTF8.self)
    }
    let isAVIF = brands.contains { ["avif", "avio"].contains($0) }
    let isHEIC = brands.contains { ["heic", "heix", "heim", "heis", "mif1", "mif2"].contains($0) }
    guard isAVIF || isHEIC else { return nil }
    // Image sequences have a movie, which is read like any other.
    let walk = BoxWalk(source: source)
    if try walk.boxes(in: 0..<source.size, upTo: "moov").last?.type == "moov" { return nil }
    return isAVIF ? "AVIF" : "HEIC"
  }

  /// Whether a second JPEG follows the first one at once, as in a stream of them.
  private static func isMotionJPEG(_ source: any ByteSource) throws -> Bool {
    let bytes = try source.bytes(at: 0, count: 4 << 20)
    var at = 2
    // Segments carry their length (ITU-T T.81 §B.1.1.4); the picture behind the last one ends with FF D9.
    while at + 4 <= bytes.count, bytes[at] == 0xff, bytes[at + 1] != 0xda {
      at += 2 + (Int(bytes[at + 2]) << 8 | Int(bytes[at + 3]))
    }
    while at + 5 <= bytes.count {
      if bytes[at] == 0xff, bytes[at + 1] == 0xd9 {
        return bytes[at + 2] == 0xff && bytes[at + 3] == 0xd8 && bytes[at + 4] == 0xff
      }
      at += 1
    }
    return false
  }
}
