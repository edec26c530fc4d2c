import MediaTools
import Foundation
import MediaTypes
import Core
import Testing

/// What users may choose, and that the pictures stay right whatever they choose.
@Suite("Settings of GIF and stills")
struct SettingsTests {
  private static func numbers(_ frames: Int, perSecond: Int) -> [[Bool]] {
    (0..<frames).map { CodedVideo.bits(of: $0 * 25 / perSecond) }
  }

  @Test("palettes of any size, with every dither")
  func palettes() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, frames: 50, CodedCase.x264 + ["-vf", "hue=h=40*t:s=2"])
    for dither in GIFSettings.Dither.allCases {
      for colours in [4, 5, 16, 128, 256] {
        let request = ClipRequest(start: 0, end: 2, gif: GIFSettings(colours: colours, dither: dither), stills: nil)
        let clip = try RenderedClip(path, request)
        #expect(try clip.gifBits() == Self.numbers(20, perSecond: 10), "\(dither), \(colours)")
        let table = 2 << Int(clip.sink.gifs[0][10] & 7)
        #expect(table <= max(4, 2 * (colours - 1)) && table >= 4, "\(dither), \(colours)")
        #expect(try RenderedClip(path, request).sink.gifs == clip.sink.gifs, "the same bytes every time")
      }
    }
  }

  @Test("skipping the in-loop filter for a GIF changes no still")
  func stillsKeepTheFilter() throws {
    let scratch = try Scratch()
    let path = scratch.path("blocks.mp4")
    // Coarse, so that the filter has much to smooth; pictures that nothing refers to among the stills.
    try Tool.ffmpeg([
      "-f", "lavfi", "-i", "testsrc2=s=480x270:r=10,noise=alls=20:allf=t", "-t", "6", "-pix_fmt", "yuv420p", "-c:v",
      "libx264", "-x264-params", "bframes=2:b-adapt=0:b-pyramid=0:keyint=60:scenecut=0", "-crf", "38", path,
    ])
    let gif = GIFSettings(width: 120)
    let both = try RenderedClip(path, ClipRequest(start: 0, end: 6, gif: gif))
    let stills = try RenderedClip(path, ClipRequest(start: 0, end: 6, gif: nil))
    #expect(stills.sink.stills.count == 6)
    #expect(both.sink.stills == stills.sink.stills)
  }

  @Test("a GIF is reduced until it fits its budget, and only then")
  func budgets() throws {
    let scratch = try Scratch()
    let path = scratch.path("noise.mp4")
    try Tool.ffmpeg([
      "-f", "lavfi", "-i", "testsrc2=s=480x270:r=25,noise=alls=12:allf=t", "-t", "5", "-pix_fmt", "yuv420p", "-c:v",
      "libx264", "-preset", "veryfast", "-crf", "16", path,
    ])
    let unlimited = try RenderedClip(path, ClipRequest(start: 0, end: 5, stills: nil))
    #expect(unlimited.result.gifReduction == nil)
    try #require(unlimited.result.gifBytes > 310_000 && unlimited.result.gifBytes < 5_000_000)
    for bytes in [5_000_000, 300_000, 100_000, 30_000, 16384] {
      let clip = try RenderedClip(
        path, ClipRequest(start: 0, end: 5, gif: GIFSettings(maximumBytes: bytes), stills: nil))
      #expect(clip.result.gifBytes == clip.sink.gifs[0].count && clip.result.gifBytes <= bytes)
      if unlimited.result.gifBytes <= bytes {
        #expect(clip.sink.gifs == unlimited.sink.gifs && clip.result.gifReduction == nil)
      } else {
        let reduction = try #require(clip.result.gifReduction)
        #expect(reduction.width == clip.result.gifWidth && reduction.height == clip.result.gifHeight)
        #expect(clip.result.gifFrames == (50 + reduction.frameStep - 1) / reduction.frameStep)
        // What need not be given up is not.
        #expect(clip.result.gifBytes >= bytes / 4, "\(bytes)")
      }
      let file = try scratch.write(clip.sink.gifs[0], as: "clip.gif")
      let report = try Tool.run(
        "ffprobe", ["-v", "error", "-show_entries", "packet=duration", "-of", "csv=p=0", file])
      let durations = String(decoding: report, as: UTF8.self).split(separator: "\n").compactMap { Int($0) }
      #expect(durations.count == clip.result.gifFrames)
      #expect(durations.reduce(0, +) == 500, "as long as the clip")
    }
  }

  @Test("fewer frames are still the right ones")
  func reducedFrames() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make(
      "a.mp4", in: scratch, frames: 150, ["-vf", "noise=alls=30:allf=t"] + CodedCase.x264 + ["-crf", "10"])
    let clip = try RenderedClip(
      path, ClipRequest(start: 1, end: 6, gif: GIFSettings(maximumBytes: 160_000), stills: nil))
    let reduction = try #require(clip.result.gifReduction)
    try #require(reduction.frameStep > 1 && reduction.width >= 120)
    let frames = stride(from: 10, to: 60, by: reduction.frameStep).map { CodedVideo.bits(of: $0 * 25 / 10) }
    #expect(try clip.gifBits() == frames)
  }

  @Test("stills no wider than asked for, upright", arguments: [80, 100, 160, 4000])
  func stillWidth(_ width: Int) throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, frames: 75, CodedCase.x264)
    let clip = try RenderedClip(
      path, ClipRequest(start: 0, end: 3, gif: nil, stills: StillSettings(maximumWidth: width)))
    let size = StillSettings(maximumWidth: width).size(width: 160, height: 96)
    #expect(size.width == min(width, 160) && size.height == (3 * size.width + 2) / 5)
    let file = try scratch.write(clip.sink.stills.flatMap { $0 }, as: "stills.mjpeg")
    let gray = try Tool.run(
      "ffmpeg",
      ["-v", "error", "-nostdin", "-f", "mjpeg", "-i", file, "-fps_mode", "passthrough"]
        + ["-f", "rawvideo", "-pix_fmt", "gray", "-"])
    #expect(gray.count == 3 * size.width * size.height)
    #expect(CodedVideo.read(gray, width: size.width, height: size.height) == Self.numbers(3, perSecond: 1))
  }

  @Test("a lower quality is a smaller still")
  func stillQuality() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, frames: 25, CodedCase.x264)
    let sizes = try [95, 88, 40].map { quality in
      try RenderedClip(path, ClipRequest(start: 0, end: 1, gif: nil, stills: StillSettings(quality: quality)))
        .result.stillBytes
    }
    #expect(sizes[0] > sizes[1] && sizes[1] > sizes[2])
  }

  @Test("what is out of range is refused, with the range")
  func ranges() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, frames: 25, CodedCase.x264)
    for (gif, stills, said) in [
      (GIFSettings(colours: 3), StillSettings(), "4 to 256 colours, found 3"),
      (GIFSettings(maximumBytes: 1000), StillSettings(), "16384 to 1000000000 bytes at most, found 1000"),
      (GIFSettings(framesPerSecond: 51), StillSettings(), "1 to 50 frames per second, found 51"),
      (GIFSettings(), StillSettings(quality: 0), "from 1 to 100, found 0"),
      (GIFSettings(), StillSettings(maximumWidth: 8), "from 16 to 16384 pixels, found 8"),
    ] {
      let error = try #require(throws: MediaError.self) {
        try RenderedClip(path, ClipRequest(start: 0, end: 1, gif: gif, stills: stills))
      }
      #expect(error.message.contains(said), "\(error.message)")
    }
  }
}

/// `RenderMode.keyframes`.
@Suite("Key frames only")
struct KeyFrameTests {
  @Test(
    "every output shows the last key frame at or before its time, and says which",
    arguments: [("a.mp4", 0), ("a.mp4", 2), ("a.mkv", 1), ("a.ts", 1), ("a.ts", 3)])
  func lastKeyFrame(_ file: String, start: Int) throws {
    let scratch = try Scratch()
    // Groups of 32 pictures, 1.28 s each.
    let path = try CodedVideo.make(
      file, in: scratch, frames: 150, CodedCase.x264 + ["-preset", "medium", "-g", "32", "-sc_threshold", "0"])
    let clip = try RenderedClip(path, ClipRequest(start: start, end: 6, mode: .keyframes))
    func key(at time: Double) -> Int { Int(time * 25 + 1e-6) / 32 * 32 }
    let stills = (start..<6).map { key(at: Double($0)) }
    #expect(try clip.stillBits() == stills.map(CodedVideo.bits(of:)))
    #expect(try clip.gifBits() == (10 * start..<60).map { CodedVideo.bits(of: key(at: Double($0) / 10)) })
    let times = try #require(clip.result.stillTimes)
    #expect(times.count == stills.count)
    #expect(zip(times, stills).allSatisfy { abs($0 - Double($1) / 25) < 0.002 })
    #expect(clip.result.framesDecoded <= 6, "nothing else is decoded")
  }

  @Test("codecs without other pictures show what is on screen")
  func allKeyFrames() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make(
      "a.avi", in: scratch, frames: 75, ["-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-q:v", "3"])
    let clip = try RenderedClip(path, ClipRequest(start: 1, end: 3, mode: .keyframes))
    #expect(try clip.gifBits() == (10..<30).map { CodedVideo.bits(of: $0 * 25 / 10) })
    #expect(clip.result.stillTimes == [1, 2])
  }
}
