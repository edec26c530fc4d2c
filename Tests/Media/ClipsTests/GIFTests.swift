import MediaTools
import Clips
import Foundation
import MediaTypes
import Core
import Synchronization
import Testing

@Suite("The GIF file")
struct GIFTests {
  @Test("thirty seconds are 300 frames of a tenth of a second, repeated without end")
  func timing() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, frames: 900, rate: "30", CodedCase.x264)
    let facts = try VideoProbe.probe(FileByteSource(path: path))
    #expect(facts.length == 30)
    let clip = try RenderedClip(path, ClipRequest(start: 0, end: facts.length))
    #expect(clip.result.gifFrames == 300 && clip.result.stills == 30)
    let bytes = clip.sink.gifs[0]
    let loop = Array("NETSCAPE2.0".utf8) + [3, 1, 0, 0, 0]
    #expect(
      bytes.indices.dropLast(loop.count).contains { bytes[$0] == 0x4e && Array(bytes[$0..<$0 + loop.count]) == loop })
    let file = try scratch.write(bytes, as: "clip.gif")
    let report = try Tool.run(
      "ffprobe", ["-v", "error", "-show_entries", "packet=pts,duration", "-of", "csv=p=0", file])
    let packets = String(decoding: report, as: UTF8.self).split(separator: "\n").map {
      $0.split(separator: ",").map { Int($0)! }
    }
    #expect(packets.count == 300)
    #expect(packets.map { $0[0] } == (0..<300).map { 10 * $0 })
    #expect(packets.allSatisfy { $0[1] == 10 })
  }

  @Test(
    "at least as good and as small as ffmpeg's palettegen and paletteuse",
    arguments: [
      // Moving, colourful and noisy; slow, smooth and a little noisy; flat and a little noisy.
      "mandelbrot=s=480x270:r=10,noise=alls=4:allf=t",
      "gradients=s=480x270:r=10:n=4:speed=0.02:seed=7,format=yuv420p,noise=alls=8:allf=t:all_seed=2",
      "testsrc2=s=480x270:r=10,format=yuv420p,noise=alls=4:allf=t:all_seed=3",
    ])
  func quality(source: String) throws {
    let scratch = try Scratch()
    let path = scratch.path("a.mp4")
    try Tool.ffmpeg(
      ["-f", "lavfi", "-i", source, "-t", "4", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-crf", "16", path])
    let frames = scratch.path("frames.rgb")
    try Tool.ffmpeg([
      "-i", path, "-vf", "scale=240:-1:flags=lanczos+accurate_rnd+full_chroma_int+full_chroma_inp", "-f", "rawvideo",
      "-pix_fmt", "rgb24", frames,
    ])
    let truth = [
      "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", "240x135", "-framerate", "10", "-i", frames,
    ]
    let theirs = scratch.path("theirs.gif")
    try Tool.ffmpeg(truth + ["-vf", "split[a][b];[a]palettegen[p];[b][p]paletteuse", theirs])
    let clip = try RenderedClip(path, ClipRequest(start: 0, end: 4, stills: nil))
    let ours = try scratch.write(clip.sink.gifs[0], as: "ours.gif")

    /// The mean over all pictures of what ffmpeg's filter says of each.
    func mean(_ filter: String, _ field: String, of gif: String) throws -> Double {
      let graph = "[0:v]fps=10,format=gbrp[a];[1:v]format=gbrp[b];[a][b]\(filter)=stats_file=-"
      let report = try Tool.run(
        "ffmpeg", ["-v", "error", "-nostdin", "-i", gif] + truth + ["-filter_complex", graph, "-f", "null", "-"])
      let values = String(decoding: report, as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap { word in
        word.hasPrefix(field) ? Double(word.dropFirst(field.count)) : nil
      }
      try #require(values.count == 40)
      return values.reduce(0, +) / Double(values.count)
    }
    func noise(_ gif: String) throws -> Double { 10 * log10(255 * 255 / (try mean("psnr", "mse_avg:", of: gif))) }
    let theirBytes = try Data(contentsOf: URL(filePath: theirs)).count
    #expect(try noise(ours) >= noise(theirs) - 0.1)
    #expect(try mean("ssim", "All:", of: ours) >= mean("ssim", "All:", of: theirs) - 0.005)
    #expect(clip.sink.gifs[0].count <= theirBytes)
  }

  @Test("the same bytes however the threads take turns, also where a budget makes it try several ways")
  func sameBytes() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, frames: 90, CodedCase.x264)
    for settings in [GIFSettings(), GIFSettings(maximumBytes: 40000)] {
      let request = ClipRequest(start: 0, end: 3, gif: settings, stills: nil)
      let first = try RenderedClip(path, request)
      #expect(first.sink.gifs[0].count <= settings.maximumBytes ?? .max)
      // Upper and lower half of each picture come from different threads, and the pictures in any order.
      #expect(try first.gifBits() == RenderedClip(path, request).gifBits())
      // Four at the same time have half a processor each, or less.
      let more = Mutex<[[UInt8]]>([])
      let threads = try (0..<4).map { _ in
        try DedicatedThread(name: "render") {
          if let clip = try? RenderedClip(path, request) { more.withLock { $0 += clip.sink.gifs } }
        }
      }
      for thread in threads { thread.join() }
      #expect(more.withLock { $0 } == Array(repeating: first.sink.gifs[0], count: 4))
    }
  }

  @Test("other widths and rates")
  func settings() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, frames: 75, CodedCase.x264)
    let clip = try RenderedClip(
      path, ClipRequest(start: 0, end: 3, gif: GIFSettings(width: 120, framesPerSecond: 15), stills: nil))
    #expect(clip.result.gifWidth == 120 && clip.result.gifHeight == 72 && clip.result.gifFrames == 45)
    #expect(try clip.gifBits().count == 45)
    #expect(clip.sink.stills.isEmpty)
  }
}
