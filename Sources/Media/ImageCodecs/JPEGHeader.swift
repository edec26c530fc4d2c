import Glibc
package import MediaTypes

/// What a JPEG says of itself before its pixels (ITU-T T.81, B.2): the frame header, and how often the picture is
/// scanned.
package struct JPEGHeader: Sendable, Equatable {
  package var size: PixelSize
  package var components: Int
  /// Baseline and extended sequential frames with one scan can be decoded row by row; all others are held whole.
  package var isStreamed: Bool
  package var scans: Int

  /// - Returns: nil without a frame header.
  package init?(_ bytes: UnsafeRawBufferPointer) {
    var position = 2
    var frame: (size: PixelSize, components: Int, isProgressive: Bool)?
    var scans = 0
    while let marker = Self.nextMarker(bytes, &position) {
      switch marker {
      case 0xD9: position = bytes.count
      case 0x01, 0xD0...0xD8: break
      default:
        guard position + 2 <= bytes.count else { break }
        let length = Int(bytes[position]) << 8 | Int(bytes[position + 1])
        if frame == nil, Self.isFrameHeader(marker), position + 8 <= bytes.count {
          let height = Int(bytes[position + 3]) << 8 | Int(bytes[position + 4])
          let width = Int(bytes[position + 5]) << 8 | Int(bytes[position + 6])
          frame = (
            PixelSize(width: width, height: height), Int(bytes[position + 7]), marker != 0xC0 && marker != 0xC1
          )
        }
        if marker == 0xDA {
          scans += 1
          // One scan with all components is what can be streamed; further ones only matter for their number.
          if let frame, !frame.isProgressive, position + 2 < bytes.count, Int(bytes[position + 2]) == frame.components {
            position = bytes.count
            continue
          }
          if scans > Self.mostScans { position = bytes.count }
        }
        position += max(2, length)
      }
    }
    guard let frame else { return nil }
    size = frame.size
    components = frame.components
    self.scans = scans
    isStreamed = !frame.isProgressive && scans <= 1
  }

  /// Of more scans than this, each over the whole picture, nothing good comes.
  package static let mostScans = 100

  private static func isFrameHeader(_ marker: UInt8) -> Bool {
    (0xC0...0xCF).contains(marker) && marker != 0xC4 && marker != 0xC8 && marker != 0xCC
  }

  /// Goes to just after the next marker; stuffed bytes and fill bytes are none.
  private static func nextMarker(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> UInt8? {
    guard let start = bytes.baseAddress else { return nil }
    while position + 1 < bytes.count {
      guard let found = memchr(start + position, 0xFF, bytes.count - 1 - position) else { break }
      position = UnsafeRawPointer(found) - start
      let next = bytes[position + 1]
      position += next == 0xFF ? 1 : 2
      if next != 0, next != 0xFF { return next }
    }
    return nil
  }
}
