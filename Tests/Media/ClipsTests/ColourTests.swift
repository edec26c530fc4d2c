import MediaTools
import Clips
import Foundation
import MediaTypes
import Core
import Testing

/// Colours, measured on plain patches as ffmpeg decodes our outputs.
@Suite("Colours")
struct ColourTests {
  /// The mean red, green and blue of each vertical third of a picture.
  private func thirds(_ rgb: [UInt8], width: Int, height: Int) -> [[Double]] {
    (0..<3).map { third in
      (0..<3).map { channel in
        var sum = 0
        var count = 0
        for y in height / 4..<height * 3 / 4 {
          for x in width * third / 3 + width / 12..<width * (third + 1) / 3 - width / 12 {
            sum += Int(rgb[3 * (y * width + x) + channel])
            count += 1
          }
        }
        return Double(sum) / Double(count)
      }
    }
  }

  private func patches(_ path: String) throws -> (still: [[Double]], gif: [[Double]]) {
    let scratch = try Scratch()
    let clip = try RenderedClip(path, ClipRequest(start: 0, end: 1))
    func decode(_ bytes: [UInt8], _ name: String) throws -> [UInt8] {
      try Tool.run(
        "ffmpeg",
        [
          "-v", "error", "-nostdin", "-i", scratch.write(bytes, as: name), "-frames:v", "1", "-vf",
          "scale=flags=accurate_rnd+full_chroma_int", "-f", "rawvideo", "-pix_fmt", "rgb24", "-",
        ])
    }
    let still = try decode(clip.sink.stills[0], "a.jpg")
    let gif = try decode(clip.sink.gifs[0], "a.gif")
    return (
      thirds(still, width: clip.result.facts.width, height: clip.result.facts.height),
      thirds(gif, width: clip.result.gifWidth, height: clip.result.gifHeight)
    )
  }

  /// A video of three vertical stripes with the given 10-bit Y, U and V.
  private func striped(
    _ scratch: Scratch, _ colours: [(y: Int, u: Int, v: Int)], _ arguments: [String]
  ) throws -> String {
    let (width, height) = (192, 96)
    var raw: [UInt8] = []
    func append(_ value: Int) { raw += [UInt8(value & 255), UInt8(value >> 8)] }
    for _ in 0..<10 {
      for plane in 0..<3 {
        for _ in 0..<height {
          for x in 0..<width {
            let colour = colours[min(3 * x / width, 2)]
            append(plane == 0 ? colour.y : plane == 1 ? colour.u : colour.v)
          }
        }
      }
    }
    let input = try scratch.write(raw, as: "raw.yuv")
    let path = scratch.path("a.mkv")
    try Tool.ffmpeg(
      [
        "-f", "rawvideo", "-pixel_format", "yuv444p10le", "-video_size", "\(width)x\(height)", "-framerate", "10", "-i",
        input,
      ]
        + arguments + [path])
    return path
  }

  /// Frames of BT.2020 with a transfer function. Some versions of ffmpeg believe the frames, others its options.
  private static func wide(_ transfer: String) -> String {
    "setparams=range=tv:colorspace=bt2020nc:color_primaries=bt2020:color_trc=\(transfer),format=yuv420p10le"
  }

  private static func stated(_ transfer: String) -> [String] {
    ["-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", transfer, "-color_range", "tv"]
  }

  private func close(_ a: [[Double]], _ b: [[Double]], within limit: Double) -> Bool {
    zip(a.flatMap { $0 }, b.flatMap { $0 }).allSatisfy { abs($0 - $1) <= limit }
  }

  /// ITU-R BT.601, BT.709 and BT.2020 in either range: red, a brownish and a bluish tone must come out as what they are.
  @Test(
    "the picture's own matrix and range",
    arguments: [
      ("bt709", "tv", "yuv420p"), ("bt709", "pc", "yuv420p"), ("smpte170m", "tv", "yuv420p"),
      ("smpte170m", "pc", "yuv420p"),
      ("bt709", "tv", "yuv422p10le"), ("bt709", "tv", "yuv420p10le"), ("bt709", "pc", "yuv444p"),
      ("smpte240m", "tv", "yuv420p"),
    ])
  func matrix(_ space: String, range: String, format: String) throws {
    let wanted: [[Double]] = [[220, 30, 40], [150, 110, 60], [40, 90, 200]]
    let (red, blue) = space == "bt709" ? (0.2126, 0.0722) : space == "smpte240m" ? (0.212, 0.087) : (0.299, 0.114)
    let coded = wanted.map { c -> (y: Int, u: Int, v: Int) in
      let (r, g, b) = (c[0] / 255, c[1] / 255, c[2] / 255)
      let y = red * r + (1 - red - blue) * g + blue * b
      let (u, v) = ((b - y) / (2 * (1 - blue)), (r - y) / (2 * (1 - red)))
      return range == "tv"
        ? (Int((64 + 876 * y).rounded()), Int((512 + 896 * u).rounded()), Int((512 + 896 * v).rounded()))
        : (Int((1023 * y).rounded()), Int((512 + 1023 * u).rounded()), Int((512 + 1023 * v).rounded()))
    }
    let scratch = try Scratch()
    let path = try striped(
      scratch, coded,
      [
        "-vf",
        "setparams=range=\(range):colorspace=\(space),scale=in_range=\(range):out_range=\(range),format=\(format)",
        "-c:v", "ffv1", "-colorspace", space, "-color_range", range,
      ])
    let (still, gif) = try patches(path)
    #expect(close(still, wanted, within: 4), "\(still)")
    #expect(close(gif, wanted, within: 4), "\(gif)")
  }

  @Test(
    "HDR becomes SDR: white stays white, black black, middle tones where they were, highlights keep their differences")
  func perceptualQuantizer() throws {
    /// SMPTE ST 2084, written down again here.
    func code(_ light: Double) -> Double {
      let power = pow(light / 10000, 2610.0 / 16384)
      return pow((3424.0 / 4096 + 2413.0 / 128 * power) / (1 + 2392.0 / 128 * power), 2523.0 / 32)
    }
    func render(_ lights: [Double]) throws -> (still: [[Double]], gif: [[Double]]) {
      let scratch = try Scratch()
      let gray = lights.map { (y: Int((64 + 876 * code($0)).rounded()), u: 512, v: 512) }
      return try patches(
        striped(
          scratch, gray,
          ["-vf", Self.wide("smpte2084"), "-c:v", "ffv1"] + Self.stated("smpte2084")))
    }
    let low = try render([0, 5, 40])
    // Below the knee light is kept: code = (light / 203)^(1 / 2.2).
    let expected = [0, 5, 40].map { 255 * pow($0 / 203.0, 1 / 2.2) }
    let high = try render([203, 600, 1000])
    for picture in [low.still, low.gif] {
      for (third, value) in zip(picture, expected) { for channel in third { #expect(abs(channel - value) < 5) } }
    }
    for picture in [high.still, high.gif] {
      #expect(picture[0][1] > 215 && picture[0][1] < 250, "diffuse white is bright")
      #expect(picture[1][1] > picture[0][1] + 3 && picture[2][1] > 250, "highlights keep their differences")
    }
  }

  @Test("HDR's wide colours stay saturated and HLG is understood")
  func wideColours() throws {
    let scratch = try Scratch()
    // A strong BT.2020 red, gray and blue at half signal.
    func coded(_ r: Double, _ g: Double, _ b: Double) -> (y: Int, u: Int, v: Int) {
      let y = 0.2627 * r + 0.678 * g + 0.0593 * b
      return (
        Int(64 + 876 * y), Int(512 + 896 * (b - y) / 1.8814), Int(512 + 896 * (r - y) / 1.4746)
      )
    }
    for transfer in ["smpte2084", "arib-std-b67"] {
      let path = try striped(
        scratch, [coded(0.55, 0.2, 0.2), coded(0.5, 0.5, 0.5), coded(0.2, 0.2, 0.55)],
        ["-vf", Self.wide(transfer), "-c:v", "libx265", "-x265-params", "log-level=none:lossless=1"]
          + Self.stated(transfer))
      let facts = try VideoProbe.probe(FileByteSource(path: path))
      #expect(facts.isHDR && facts.transfer == transfer)
      let (still, gif) = try patches(path)
      for picture in [still, gif] {
        #expect(picture[0][0] > 2 * picture[0][1] && picture[0][0] > 130, "red: \(picture[0])")
        #expect(abs(picture[1][0] - picture[1][1]) < 4 && abs(picture[1][1] - picture[1][2]) < 4, "gray: \(picture[1])")
        #expect(picture[2][2] > 2 * picture[2][1] && picture[2][2] > 120, "blue: \(picture[2])")
      }
    }
  }

  @Test("transparent parts are black")
  func alpha() throws {
    let scratch = try Scratch()
    let path = scratch.path("a.mov")
    try Tool.ffmpeg([
      "-f", "lavfi", "-i",
      "color=white:s=192x96:r=10:d=1,format=rgba,geq=r=255:g=255:b=255:a='if(lt(X,64),0,if(lt(X,128),128,255))'",
      "-c:v", "qtrle", path,
    ])
    let (still, gif) = try patches(path)
    #expect(close(still, [[0, 0, 0], [128, 128, 128], [255, 255, 255]], within: 3), "\(still)")
    #expect(close(gif, [[0, 0, 0], [128, 128, 128], [255, 255, 255]], within: 3), "\(gif)")
  }
}
