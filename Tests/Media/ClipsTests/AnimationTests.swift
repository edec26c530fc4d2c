import MediaTools
import Animations
import Core
import Foundation
import MediaTypes
import Synchronization
import Testing

@Suite("The animation that is made while its video arrives")
struct AnimationTests {
  private final class Collected: Sendable {
    let pieces = Mutex<[[UInt8]]>([])
    var bytes: [UInt8] { pieces.withLock { $0.flatMap { $0 } } }
  }

  private func convert(
    _ paths: [String], _ settings: AnimationSettings, threads: Int = 1, isForwardOnly: Bool = false
  ) throws -> (result: AnimationConverter.Result, collected: Collected) {
    let collected = Collected()
    var waiting = paths[...]
    let result = try AnimationConverter.convert(
      settings,
      parts: {
        try waiting.popFirst().map {
          AnimationPart(source: try FileByteSource(path: $0), isForwardOnly: isForwardOnly)
        }
      }, threads: threads, output: { piece in collected.pieces.withLock { $0.append(piece) } })
    return (result, collected)
  }

  /// Gray pictures of a GIF at a rate, as bits.
  private func bits(_ gif: [UInt8], rate: Int, _ scratch: Scratch) throws -> [[Bool]] {
    let file = try scratch.write(gif, as: "animation.gif")
    let gray = try Tool.run(
      "ffmpeg",
      [
        "-v", "error", "-nostdin", "-i", file, "-vf", "fps=\(rate):round=up:start_time=0,scale=100:60", "-f",
        "rawvideo", "-pix_fmt",
        "gray", "-",
      ])
    return CodedVideo.read(gray, width: 100, height: 60)
  }

  @Test("24 frames per second last as long as the video, in whole hundredths of a second of at least two")
  func timing() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, frames: 150, rate: "30", CodedCase.x264)
    let (result, collected) = try convert([path], AnimationSettings(box: 100, framesPerSecond: 24, colours: 32))
    #expect(result.width == 100 && result.height == 60 && result.seconds == 5)
    #expect(collected.bytes.count == result.bytes)
    let file = try scratch.write(collected.bytes, as: "a.gif")
    let report = try Tool.run(
      "ffprobe", ["-v", "error", "-show_entries", "packet=pts,duration", "-of", "csv=p=0", file])
    let packets = String(decoding: report, as: UTF8.self).split(separator: "\n").map {
      $0.split(separator: ",").map { Int($0)! }
    }
    #expect(packets.count == result.frames && packets.map { $0[1] }.reduce(0, +) == 500)
    #expect(packets.allSatisfy { $0[1] >= 2 })
    let loop = Array("NETSCAPE2.0".utf8) + [3, 1, 0, 0, 0]
    #expect(collected.bytes.indices.contains { collected.bytes[$0...].starts(with: loop) })
  }

  @Test("each frame shows what is on screen at its time", arguments: [1, 2])
  func frames(threads: Int) throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, frames: 90, rate: "30", CodedCase.x264)
    let oracle = try Oracle(path, width: 100, height: 60)
    for (start, duration) in [(0.0, nil), (1.5, 1.0)] as [(Double, Double?)] {
      let (result, collected) = try convert(
        [path], AnimationSettings(box: 100, framesPerSecond: 10, colours: 16, start: start, duration: duration),
        threads: threads)
      let expected = (0..<Int((duration ?? 3) * 10)).map { oracle.bits(at: start + Double($0) / 10) }
      #expect(result.seconds == duration ?? 3)
      #expect(try bits(collected.bytes, rate: 10, scratch) == expected)
    }
  }

  @Test("the first bytes leave after a few frames, and the same video always makes the same bytes")
  func streaming() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, frames: 60, rate: "30", CodedCase.x264)
    let settings = AnimationSettings(box: 80, framesPerSecond: 24, colours: 32)
    let first = try convert([path], settings)
    #expect(first.collected.pieces.withLock { $0.count } >= 20)
    #expect(try convert([path], settings).collected.bytes == first.collected.bytes)
    #expect(try convert([path], settings, threads: 2).collected.bytes == first.collected.bytes)
    // Also if much of the decoding is left out.
    let small = AnimationSettings(box: 10, framesPerSecond: 24, colours: 32)
    let (alone, together) = (try convert([path], small), try convert([path], small, threads: 4))
    #expect(together.collected.bytes == alone.collected.bytes)
  }

  @Test("pictures that no frame shows are not decoded if none refers to them")
  func leftOut() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make(
      "a.mp4", in: scratch, frames: 90, rate: "30", CodedCase.x264 + ["-preset", "medium", "-bf", "3"])
    let report = try Tool.run(
      "ffprobe",
      [
        "-v", "error", "-skip_frame", "noref", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of",
        "csv=p=0", path,
      ])
    let text = String(decoding: report, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    let referred = try #require(Int(text))
    // Every third is shown: of the others those are decoded that others refer to.
    let result = try convert([path], AnimationSettings(box: 100, framesPerSecond: 10, colours: 16)).result
    #expect(referred < 60 && result.decodedFrames < 80)
    #expect(result.decodedFrames <= referred + 30)
  }

  @Test("a source that cannot be sought gives the same animation, and parts follow each other")
  func forwardOnly() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, frames: 60, rate: "30", CodedCase.x264)
    let stream = scratch.path("a.ts")
    try Tool.ffmpeg(["-i", path, "-c", "copy", stream])
    let fragmented = scratch.path("f.mp4")
    try Tool.ffmpeg(["-i", path, "-c", "copy", "-movflags", "+frag_keyframe+empty_moov+default_base_moof", fragmented])
    let settings = AnimationSettings(box: 100, framesPerSecond: 10, colours: 16)
    let whole = try convert([path], settings)
    let expected = try bits(whole.collected.bytes, rate: 10, scratch)
    for file in [stream, fragmented] {
      let one = try convert([file], settings, isForwardOnly: true)
      #expect(one.result.seconds == 2)
      #expect(try bits(one.collected.bytes, rate: 10, scratch) == expected)
      let two = try convert([file, file], settings, isForwardOnly: true)
      #expect(two.result.seconds == 4)
      #expect(try bits(two.collected.bytes, rate: 10, scratch) == expected + expected)
    }
  }

  @Test("upright and with square pixels, however the video is stored")
  func shape() throws {
    #expect(AnimationSettings(box: 80, framesPerSecond: 24, colours: 32).size(width: 1920, height: 1080) == (80, 46))
    #expect(AnimationSettings(box: 80, framesPerSecond: 24, colours: 32).size(width: 1080, height: 1920) == (46, 80))
    #expect(AnimationSettings(box: 80, framesPerSecond: 24, colours: 32).size(width: 1000, height: 10) == (80, 2))
    #expect(AnimationSettings(box: 80, framesPerSecond: 24, colours: 32).size(width: 20, height: 20) == (80, 80))
  }

  @Test("a truncated file fails and so does one that ends before the start")
  func broken() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, frames: 90, rate: "30", CodedCase.x264)
    let fast = scratch.path("fast.mp4")
    try Tool.ffmpeg(["-i", path, "-c", "copy", "-movflags", "+faststart", fast])
    let bytes = try [UInt8](Data(contentsOf: URL(filePath: fast)))
    let cut = try scratch.write(Array(bytes[..<(bytes.count * 2 / 3)]), as: "cut.mp4")
    let settings = AnimationSettings(box: 80, framesPerSecond: 10, colours: 16)
    let error = #expect(throws: MediaError.self) { try convert([cut], settings) }
    #expect(error?.kind == .truncated)
    let late = #expect(throws: MediaError.self) {
      try convert([path], AnimationSettings(box: 80, framesPerSecond: 10, colours: 16, start: 60))
    }
    #expect(late?.kind == .invalidRequest)
  }

  @Test(
    "at least half a decibel better than ffmpeg's palettegen and bayer, also after a hard cut, at no more bytes",
    arguments: [
      ("mandelbrot=s=320x320:r=24", "gradients=s=320x320:r=24:n=4:speed=0.02:seed=7", nil),
      ("testsrc2=s=320x320:r=24,noise=alls=4:allf=t:all_seed=3", "testsrc2=s=320x320:r=24", 1.0),
    ] as [(String, String, Double?)])
  func quality(first: String, second: String, bytes: Double?) throws {
    let scratch = try Scratch()
    let path = scratch.path("a.mp4")
    try Tool.ffmpeg([
      "-f", "lavfi", "-i", "\(first),format=yuv420p", "-f", "lavfi", "-i", "\(second),format=yuv420p",
      "-filter_complex",
      "[0]trim=duration=2,setpts=PTS-STARTPTS[a];[1]trim=duration=2,setpts=PTS-STARTPTS[b];[a][b]concat=n=2", "-c:v",
      "libx264", "-crf", "16", "-pix_fmt", "yuv420p", path,
    ])
    let truth = scratch.path("truth.rgb")
    try Tool.ffmpeg([
      "-i", path, "-vf", "scale=80:80:flags=lanczos+accurate_rnd+full_chroma_int+full_chroma_inp", "-f", "rawvideo",
      "-pix_fmt", "rgb24", truth,
    ])
    let input = ["-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", "80x80", "-framerate", "24", "-i", truth]
    let theirs = scratch.path("theirs.gif")
    try Tool.ffmpeg(
      input + ["-vf", "split[a][b];[a]palettegen=max_colors=32[p];[b][p]paletteuse=dither=bayer", "-loop", "0", theirs])
    let (result, collected) = try convert([path], AnimationSettings(box: 80, framesPerSecond: 24, colours: 32))
    let ours = try scratch.write(collected.bytes, as: "ours.gif")
    func noise(_ gif: String) throws -> Double {
      let graph = "[0:v]fps=24:round=near,format=gbrp[a];[1:v]format=gbrp[b];[a][b]psnr=stats_file=-"
      let report = try Tool.run(
        "ffmpeg", ["-v", "error", "-nostdin", "-i", gif] + input + ["-filter_complex", graph, "-f", "null", "-"])
      let values = String(decoding: report, as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap { word in
        word.hasPrefix("mse_avg:") ? Double(word.dropFirst(8)) : nil
      }
      try #require(values.count == 96)
      return 10 * log10(255 * 255 / (values.reduce(0, +) / 96))
    }
    #expect(try noise(ours) >= noise(theirs) + 0.5)
    if let bytes {
      let theirBytes = try Data(contentsOf: URL(filePath: theirs)).count
      #expect(Double(result.bytes) <= bytes * Double(theirBytes))
    } else {
      #expect(result.palettes >= 2)
    }
  }
}
