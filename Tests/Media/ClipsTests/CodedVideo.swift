import MediaTools
import Foundation

/// Videos whose every picture carries its own number, in black and white fields that survive any codec.
///
/// Sixteen fields, eight across and two down: twelve bits of the number and four that tell which way is up.
enum CodedVideo {
  static let columns = 8
  static let rows = 2

  static func bits(of number: Int) -> [Bool] {
    (0..<12).map { number >> $0 & 1 == 1 } + [true, true, false, true]
  }

  /// Raw 8-bit gray pictures, one after the other.
  static func raw(frames: Int, width: Int, height: Int) -> [UInt8] {
    var result = [UInt8]()
    result.reserveCapacity(frames * width * height)
    for number in 0..<frames {
      let bits = bits(of: number)
      for y in 0..<height {
        let row = y * rows / height
        for x in 0..<width { result.append(bits[row * columns + x * columns / width] ? 215 : 40) }
      }
    }
    return result
  }

  /// Encodes with ffmpeg.
  ///
  /// - Parameter arguments: everything between the input and the output's name.
  static func make(
    _ name: String, in scratch: Scratch, frames: Int = 100, width: Int = 160, height: Int = 96, rate: String = "25",
    input: [String] = [], _ arguments: [String]
  ) throws -> String {
    let raw = try scratch.write(raw(frames: frames, width: width, height: height), as: "raw-" + name)
    let output = scratch.path(name)
    try Tool.ffmpeg(
      ["-f", "rawvideo", "-pixel_format", "gray", "-video_size", "\(width)x\(height)", "-framerate", rate, "-i", raw]
        + input + arguments + ["-threads", "2", output])
    try FileManager.default.removeItem(atPath: raw)
    return output
  }

  /// The fields of gray pictures of this size. A picture on its side is read as one.
  static func read(_ gray: [UInt8], width: Int, height: Int) -> [[Bool]] {
    let (across, down) = width >= height ? (columns, rows) : (rows, columns)
    return stride(from: 0, through: gray.count - width * height, by: width * height).map { picture in
      (0..<down).flatMap { row in
        (0..<across).map { column in
          // The middle of a field, where neither scaling nor dithering of its edges shows.
          let (cx, cy) = ((2 * column + 1) * width / (2 * across), (2 * row + 1) * height / (2 * down))
          var sum = 0
          for y in cy - 2...cy + 2 { for x in cx - 2...cx + 2 { sum += Int(gray[picture + y * width + x]) } }
          return sum > 25 * 128
        }
      }
    }
  }
}
