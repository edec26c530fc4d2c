import MediaTools
import Foundation

/// Videos whose every picture carries its number as twelve fields, black or white.
enum NumberedVideo {
  static let width = 192
  static let height = 96

  /// Encodes with ffmpeg.
  ///
  /// - Parameters:
  ///   - input: further inputs, such as sound.
  ///   - arguments: everything between the inputs and the output's name.
  static func make(
    _ name: String, in scratch: Scratch, pictures: Int, input: [String] = [], _ arguments: [String]
  ) throws -> String {
    var raw = [UInt8]()
    for number in 0..<pictures {
      for y in 0..<height {
        for x in 0..<width {
          let field = x / 16
          if y < 48 {
            raw.append(number >> field & 1 == 1 ? 215 : 40)
          } else {
            // Something to encode that moves.
            raw.append(UInt8(60 + (x + y + 3 * number) % 120))
          }
        }
      }
    }
    let file = try scratch.write(raw, as: "raw-" + name)
    let output = scratch.path(name)
    try Tool.ffmpeg(
      ["-f", "rawvideo", "-pixel_format", "gray", "-video_size", "\(width)x\(height)", "-framerate", "25", "-i", file]
        + input + arguments + [output])
    try FileManager.default.removeItem(atPath: file)
    return output
  }

  struct Picture: Equatable {
    var number: Int
    /// Seconds.
    var time: Double
  }

  /// Every picture as ffmpeg decodes it, with its time.
  static func read(_ path: String) throws -> [Picture] {
    let raw = try Tool.run(
      "ffmpeg",
      [
        "-v", "error", "-nostdin", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-vf",
        "scale=\(width):\(height)", "-pix_fmt", "gray", "-f", "rawvideo", "-",
      ])
    let times = try Tool.run(
      "ffprobe",
      [
        "-v", "error", "-select_streams", "v:0", "-show_entries", "frame=best_effort_timestamp_time", "-of", "csv=p=0",
        path,
      ])
    let stamps = String(decoding: times, as: UTF8.self).split(separator: "\n").map {
      Double($0.split(separator: ",").first ?? "") ?? .nan
    }
    let size = width * height
    return (0..<raw.count / size).map { index in
      var number = 0
      for field in 0..<12 where raw[index * size + 24 * width + field * 16 + 8] > 128 { number |= 1 << field }
      return Picture(number: number, time: index < stamps.count ? stamps[index] : .nan)
    }
  }

  /// Times and sizes of the packets of a stream, in the file's order.
  static func decodingTimes(_ path: String, stream: String) throws -> [Double] {
    let text = try Tool.run(
      "ffprobe",
      ["-v", "error", "-select_streams", stream, "-show_entries", "packet=dts_time", "-of", "csv=p=0", path])
    return String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap {
      Double($0.split(separator: ",").first ?? "")
    }
  }

  /// When beeps begin, seconds, as ffmpeg decodes them.
  static func beeps(_ path: String) throws -> [Double] {
    let start = try Tool.run(
      "ffprobe",
      [
        "-v", "error", "-select_streams", "a:0", "-show_entries", "frame=best_effort_timestamp_time", "-read_intervals",
        "%+2", "-of", "csv=p=0", path,
      ])
    let first =
      String(decoding: start, as: UTF8.self).split(whereSeparator: { $0 == "\n" || $0 == "," }).first.flatMap {
        Double($0)
      } ?? 0
    let raw = try Tool.run(
      "ffmpeg",
      ["-v", "error", "-nostdin", "-i", path, "-map", "0:a:0", "-ac", "1", "-ar", "44100", "-f", "s16le", "-"])
    var (found, last): ([Double], Int) = ([], -44_100)
    for index in 0..<raw.count / 2 {
      let value = Int16(truncatingIfNeeded: Int(raw[2 * index]) | Int(raw[2 * index + 1]) << 8)
      guard abs(Int(value)) > 8000 else { continue }
      if index - last > 22_050 { found.append(first + Double(index) / 44_100) }
      last = index
    }
    return found
  }
}
