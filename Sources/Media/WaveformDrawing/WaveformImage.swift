import CZlib
import MediaTypes

/// A waveform as a PNG: black on white would print, so grey on nothing at all.
package struct WaveformImage: Sendable {
  /// Pixels.
  package var width = 1800
  package var height = 280

  package init() {}

  /// The largest peak of each column.
  ///
  /// - Parameter peaks: from 0 to 1, at any number per second.
  func columns(_ peaks: [Float]) -> [Float] {
    (0..<width).map { column in
      let start = column * peaks.count / width
      let end = max(start + 1, (column + 1) * peaks.count / width)
      return start < peaks.count ? peaks[start..<min(end, peaks.count)].max() ?? 0 : 0
    }
  }

  /// - Throws: `MediaError` `EncodeFailed` if there is no memory.
  func png(_ peaks: [Float]) throws(MediaError) -> [UInt8] {
    let columns = columns(peaks)
    // One bit per pixel, and a filter byte before each row.
    let rowBytes = 1 + (width + 7) / 8
    var rows = [UInt8](repeating: 0, count: rowBytes * height)
    for (column, peak) in columns.enumerated() {
      let half = Int((Double(peak) * Double(height) / 2).rounded())
      // Silence leaves a line.
      for row in max(0, height / 2 - half)..<min(height, max(height / 2 + half, height / 2 + 1)) {
        rows[row * rowBytes + 1 + column / 8] |= 0x80 >> UInt8(column % 8)
      }
    }
    var size = compressBound(uLong(rows.count))
    var packed = [UInt8](repeating: 0, count: Int(size))
    guard compress2(&packed, &size, rows, uLong(rows.count), 9) == Z_OK else {
      throw MediaError(.encodeFailed, "no memory to draw the waveform")
    }
    var file: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    Self.append("IHDR", Self.number(width) + Self.number(height) + [1, 3, 0, 0, 0], to: &file)
    Self.append("PLTE", [0xff, 0xff, 0xff, 0x2b, 0x5c, 0x8a], to: &file)
    Self.append("tRNS", [0, 0xff], to: &file)
    Self.append("IDAT", Array(packed[..<Int(size)]), to: &file)
    Self.append("IEND", [], to: &file)
    return file
  }

  private static func append(_ type: String, _ body: [UInt8], to file: inout [UInt8]) {
    let content = Array(type.utf8) + body
    file += number(body.count) + content + number(Int(crc32(0, content, uInt(content.count))))
  }

  private static func number(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
  }
}
