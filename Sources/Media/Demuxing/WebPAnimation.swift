import FrameConversion
import CLibAV
import Core
import LibAV
import MediaTypes

/// The frames of an animated WebP file (RFC 9649), for which libav has a decoder of single pictures only.
package struct WebPAnimation {
  /// One picture that is drawn on the canvas.
  struct Part {
    /// Milliseconds from the start.
    let time: Int64
    let duration: Int64
    let left: Int
    let top: Int
    let width: Int
    let height: Int
    /// Drawn over what is there, by its transparency; otherwise it takes its place.
    let isBlended: Bool
    /// Its area is cleared before the next part is drawn.
    let isDisposed: Bool
    /// Its chunks in the file.
    let bytes: Range<Int64>
  }

  let width: Int
  let height: Int
  let parts: [Part]

  private static let maximumParts = 100_000
  /// Browsers take shorter durations, in milliseconds, for the default.
  private static let shortest = 10
  private static let usual = 100

  /// - Returns: `nil` if the file is no animated WebP.
  static func read(_ source: any ByteSource) throws -> WebPAnimation? {
    let head = try source.bytes(at: 0, count: 30)
    guard head.count == 30, head[0..<4].elementsEqual("RIFF".utf8), head[8..<16].elementsEqual("WEBPVP8X".utf8),
      head[20] & 2 != 0
    else { return nil }
    let (width, height) = (1 + number(head, 24, 3), 1 + number(head, 27, 3))
    var parts: [Part] = []
    var time: Int64 = 0
    var offset: Int64 = 12
    while offset + 8 <= source.size, parts.count < maximumParts {
      let chunk = try source.bytes(at: offset, count: 24)
      guard chunk.count >= 8 else { break }
      let end = offset + 8 + Int64(number(chunk, 4, 4))
      guard end <= source.size else { break }
      if chunk[0..<4].elementsEqual("ANMF".utf8), chunk.count == 24, end > offset + 24 {
        let stated = number(chunk, 20, 3)
        let part = Part(
          time: time, duration: Int64(stated <= shortest ? usual : stated), left: 2 * number(chunk, 8, 3),
          top: 2 * number(chunk, 11, 3), width: 1 + number(chunk, 14, 3), height: 1 + number(chunk, 17, 3),
          isBlended: chunk[23] & 2 == 0, isDisposed: chunk[23] & 1 != 0, bytes: (offset + 24)..<end)
        guard part.left + part.width <= width, part.top + part.height <= height else { break }
        parts.append(part)
        time += part.duration
      }
      offset = end + end % 2
    }
    return parts.isEmpty ? nil : WebPAnimation(width: width, height: height, parts: parts)
  }

  /// Part `index` as a file of its own.
  func file(of index: Int, _ source: any ByteSource) throws -> [UInt8] {
    let part = parts[index]
    let chunks = try source.bytes(at: part.bytes.lowerBound, count: part.bytes.count)
    var writer: [UInt8] = Array("RIFF".utf8) + Self.little(chunks.count + 22, 4) + Array("WEBP".utf8)
    // Transparency beside a lossy picture needs the extended header, which must be true to it.
    let hasAlpha = chunks.starts(with: "ALPH".utf8)
    writer += Array("VP8X".utf8) + Self.little(10, 4) + [hasAlpha ? 0x10 : 0, 0, 0, 0]
    writer += Self.little(part.width - 1, 3) + Self.little(part.height - 1, 3)
    return writer + chunks
  }

  /// The part on the canvas at `time`.
  func index(at time: Int64) -> Int { max(0, (parts.firstIndex { $0.time > time } ?? parts.count) - 1) }

  private static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
    (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
  }

  private static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

/// What the parts of an animation make together.
final class WebPCanvas {
  private let animation: WebPAnimation
  private let scaler = Scaler()
  private var pixels: [UInt8]
  private var last: WebPAnimation.Part?

  init(_ animation: WebPAnimation) {
    self.animation = animation
    pixels = [UInt8](repeating: 0, count: 4 * animation.width * animation.height)
  }

  /// Draws a decoded part and makes of it the whole picture, RGBA.
  func complete(_ frame: Frame) throws(MediaError) {
    let index = animation.index(at: frame.statedTime ?? 0)
    let part = animation.parts[index]
    if index == 0 {
      clear(left: 0, top: 0, width: animation.width, height: animation.height)
    } else if let last, last.isDisposed {
      clear(left: last.left, top: last.top, width: last.width, height: last.height)
    }
    try draw(frame, part)
    last = part
    guard let whole = av_frame_alloc() else { throw MediaError(.decodeFailed, "no memory for a frame") }
    var kept: UnsafeMutablePointer<AVFrame>? = whole
    defer { av_frame_free(&kept) }
    whole.pointee.width = Int32(animation.width)
    whole.pointee.height = Int32(animation.height)
    whole.pointee.format = AV_PIX_FMT_RGBA.rawValue
    guard av_frame_get_buffer(whole, 0) >= 0, let plane = zt_plane(whole, 0) else {
      throw MediaError(.decodeFailed, "no memory for a frame")
    }
    av_frame_copy_props(whole, frame.raw)
    let row = 4 * animation.width
    pixels.withUnsafeBufferPointer { pixels in
      for y in 0..<animation.height {
        (plane + y * Int(zt_stride(whole, 0))).update(from: pixels.baseAddress! + y * row, count: row)
      }
    }
    av_frame_unref(frame.raw)
    av_frame_move_ref(frame.raw, whole)
  }

  private func clear(left: Int, top: Int, width: Int, height: Int) {
    for y in top..<(top + height) {
      let first = 4 * (y * animation.width + left)
      for at in first..<(first + 4 * width) { pixels[at] = 0 }
    }
  }

  private func draw(_ frame: Frame, _ part: WebPAnimation.Part) throws(MediaError) {
    // WebP's lossy pictures are BT.601 whatever their size (RFC 9649 §2.5).
    if frame.raw.pointee.colorspace == AVCOL_SPC_UNSPECIFIED { frame.raw.pointee.colorspace = AVCOL_SPC_SMPTE170M }
    var drawn = [UInt8](repeating: 0, count: 4 * part.width * part.height + 64)
    try drawn.withUnsafeMutableBufferPointer { (buffer) throws(MediaError) in
      try scaler.scale(
        frame, width: part.width, height: part.height, format: AV_PIX_FMT_RGBA, into: buffer.baseAddress!,
        stride: 4 * part.width)
    }
    for y in 0..<part.height {
      var target = 4 * ((part.top + y) * animation.width + part.left)
      var source = 4 * y * part.width
      for _ in 0..<part.width {
        let alpha = part.isBlended ? Int(drawn[source + 3]) : 255
        if alpha == 255 {
          for channel in 0..<4 { pixels[target + channel] = drawn[source + channel] }
        } else if alpha > 0 {
          blend(source, onto: target, alpha: alpha, of: drawn)
        }
        target += 4
        source += 4
      }
    }
  }

  /// RFC 9649 §2.7.1.1: colours that are not multiplied by their transparency.
  private func blend(_ source: Int, onto target: Int, alpha: Int, of drawn: [UInt8]) {
    let below = Int(pixels[target + 3]) * (255 - alpha) / 255
    let whole = alpha + below
    for channel in 0..<3 {
      let colour = (Int(drawn[source + channel]) * alpha + Int(pixels[target + channel]) * below) / whole
      pixels[target + channel] = UInt8(colour)
    }
    pixels[target + 3] = UInt8(whole)
  }
}
