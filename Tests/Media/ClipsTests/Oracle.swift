import MediaTools
import Foundation

/// What a full decode by the system's ffmpeg says of a video.
struct Oracle {
  /// Presentation times in seconds from the first picture, and what is on the pictures.
  let pictures: [(time: Double, bits: [Bool])]
  let width: Int
  let height: Int

  /// - Parameter size: of ffmpeg's upright pictures.
  init(_ path: String, width: Int, height: Int) throws {
    // One line per picture: stream, decoding time, presentation time …; the time base stands before them.
    let report = String(
      decoding: try Tool.run(
        "ffmpeg",
        [
          "-v", "error", "-nostdin", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-enc_time_base", "-1",
          "-f",
          "framecrc", "-",
        ]), as: UTF8.self)
    let lines = report.split(separator: "\n")
    let base = lines.first { $0.hasPrefix("#tb 0: ") }!.dropFirst(7).split(separator: "/").map { Double($0)! }
    let times = lines.filter { !$0.hasPrefix("#") }.map {
      Double($0.split(separator: ",")[2].trimmingCharacters(in: .whitespaces))! * base[0] / base[1]
    }
    let gray = try Tool.run(
      "ffmpeg",
      [
        "-v", "error", "-nostdin", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-vf",
        "scale=\(width):\(height)", "-f", "rawvideo", "-pix_fmt", "gray", "-",
      ])
    let bits = CodedVideo.read(gray, width: width, height: height)
    if times.count != bits.count {
      throw Tool.Failure(description: "\(times.count) times but \(bits.count) pictures in \(path)")
    }
    pictures = zip(times, bits).map { ($0 - times[0], $1) }
    self.width = width
    self.height = height
  }

  /// The picture on screen: the one with the largest time ≤ t, the first one for earlier t.
  func bits(at time: Double) -> [Bool] {
    (pictures.last { $0.time <= time + 1e-6 } ?? pictures[0]).bits
  }
}
