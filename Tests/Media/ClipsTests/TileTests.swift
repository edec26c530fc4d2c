import Clips
import Core
import Images
import MediaTools
import MediaTypes
import Synchronization
import Testing

@Suite("Tiles")
struct TileTests {
  private final class Sink: ClipSink {
    let made = Mutex<(stills: [Int: [UInt8]], tiles: [Int: [UInt8]])>(([:], [:]))
    func still(number: Int, jpeg: [UInt8]) throws { made.withLock { $0.stills[number] = jpeg } }
    func tile(number: Int, jpeg: [UInt8]) throws { made.withLock { $0.tiles[number] = jpeg } }
    func gif(_ bytes: [UInt8]) throws {}
  }

  private func render(_ path: String, _ request: ClipRequest) throws -> (stills: [Int: [UInt8]], tiles: [Int: [UInt8]])
  {
    let sink = Sink()
    _ = try ClipRenderer.render(FileByteSource(path: path), request, to: sink)
    return sink.made.withLock { $0 }
  }

  private func video(_ scratch: Scratch, _ picture: String, _ arguments: [String]) throws -> String {
    let path = scratch.path("a.mp4")
    try Tool.ffmpeg(["-f", "lavfi", "-i", picture, "-c:v", "libx264", "-preset", "ultrafast"] + arguments + [path])
    return path
  }

  @Test(
    "a tile is its still, smaller: less than 1 of 255 lighter or darker, and hardly otherwise apart",
    arguments: [
      ("1280x720", ["-pix_fmt", "yuv420p"], 320), ("1920x1080", ["-pix_fmt", "yuv420p"], 320),
      ("854x480", ["-pix_fmt", "yuv420p10le"], 320), ("640x360", ["-pix_fmt", "yuv420p"], 500),
      ("200x112", ["-pix_fmt", "yuv420p"], 320),
    ] as [(String, [String], Int)])
  func likeItsStill(_ size: String, arguments: [String], width: Int) throws {
    let scratch = try Scratch()
    // As soft as a camera's frames are.
    let path = try video(scratch, "mandelbrot=s=\(size):r=10,trim=end=3,gblur=sigma=2", arguments)
    let made = try render(
      path,
      ClipRequest(
        start: 0, end: 3, gif: nil, stills: StillSettings(quality: 100),
        tiles: TileSettings(width: width, interval: 1)))
    #expect(made.tiles.keys.sorted() == [1, 2, 3])
    let reader = try JPEGDecoder()
    for (number, tile) in made.tiles {
      let picture = try reader.read(tile, atLeast: 1 << 14, 1 << 14)
      let still = try reader.size(of: made.stills[number]!)
      #expect(picture.width == min(width, still.width))
      let expected = AreaScaler.scale(
        try reader.read(made.stills[number]!, atLeast: picture.width, picture.height), to: picture.width, picture.height
      )
      let differences = zip(picture.bytes, expected.bytes).map { Int($0.0) - Int($0.1) }
      let count = Double(differences.count)
      #expect(abs(Double(differences.reduce(0, +)) / count) < 1)
      // What a decoder makes smaller is a little sharper than a mean of areas.
      #expect(Double(differences.reduce(0) { $0 + abs($1) }) / count < 3)
    }
  }

  @Test("the interval counts from the start of the video, and key frames stand for others in tiles too")
  func interval() throws {
    let scratch = try Scratch()
    let path = try video(scratch, "testsrc2=s=320x180:r=10,trim=end=9", ["-g", "20", "-pix_fmt", "yuv420p"])
    for mode in RenderMode.allCases {
      let made = try render(
        path,
        ClipRequest(start: 4, end: 9, gif: nil, tiles: TileSettings(width: 80, interval: 3), mode: mode))
      #expect(made.stills.count == 5)
      #expect(made.tiles.keys.sorted() == [3])
    }
  }

  @Test("without stills there are no tiles, and without tiles none are made")
  func none() throws {
    let scratch = try Scratch()
    let path = try video(scratch, "testsrc2=s=320x180:r=10,trim=end=2", ["-pix_fmt", "yuv420p"])
    let tiles = TileSettings(width: 80, interval: 1)
    #expect(try render(path, ClipRequest(start: 0, end: 2, stills: nil, tiles: tiles)).tiles.isEmpty)
    #expect(try render(path, ClipRequest(start: 0, end: 2, gif: nil)).tiles.isEmpty)
  }
}
