import Core
import Images
import MediaTypes
import Previews
import Storyboards
import Testing

@Suite("The overview of a storyboard")
struct OverviewTests {
  private static func made(_ tiles: Int, interval: Int = 1, tile: (Int) -> RGBImage) throws -> OverviewPainter.Result {
    let first = tile(0)
    let layout = SheetLayout(
      StoryboardSettings(), tiles: tiles, stillWidth: first.width, stillHeight: first.height)
    var painter = OverviewPainter(layout)
    for index in 0..<tiles { painter.add(tile(index), at: index) }
    return try painter.finish(interval: interval, key: "overview.jpg")
  }

  private static func grey(_ value: Int, width: Int = 320, height: Int = 180) -> RGBImage {
    RGBImage(width: width, height: height, bytes: [UInt8](repeating: UInt8(value % 256), count: 3 * width * height))
  }

  /// Blocks of 4 x 4 pixels of any colour, which no encoder makes small.
  private static func noise(_ seed: Int) -> RGBImage {
    var state = UInt64(seed) &+ 1
    let small = RGBImage.black(width: 80, height: 45)
    for index in 0..<3 * 80 * 45 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      small.pixels[index] = UInt8(truncatingIfNeeded: state >> 33)
    }
    return AreaScaler.scale(small, to: 320, 180)
  }

  @Test(
    "each of at most a hundred tiles stands for its second",
    arguments: [(1, 1, 1), (65, 65, 1), (210, 70, 3), (101, 51, 2)])
  func tiles(seconds: Int, tiles: Int, interval: Int) throws {
    let made = try Self.made(seconds) { Self.grey($0) }
    let overview = made.overview
    #expect((overview.tiles, overview.interval) == (tiles, interval))
    #expect((overview.tileWidth, overview.tileHeight, overview.columns) == (80, 45, min(10, tiles)))
    #expect(overview.bytes == made.jpeg.count)
    let sheet = try JPEGDecoder().read(made.jpeg, atLeast: 10_000, 10_000)
    #expect((sheet.width, sheet.height) == (overview.columns * 80, overview.rows * 45))
    for tile in [0, tiles / 2, tiles - 1] {
      let (x, y) = (tile % overview.columns * 80 + 40, tile / overview.columns * 45 + 22)
      let found = Int(sheet.pixels[3 * (y * sheet.width + x)])
      #expect(abs(found - tile * interval % 256) <= 2)
    }
  }

  @Test("it stays below 48 KB, whatever is in the video")
  func bytes() throws {
    let made = try Self.made(100) { Self.noise($0) }
    #expect(made.jpeg.count <= 48_000 && made.overview.tiles < 100)
    #expect(made.overview.tiles * made.overview.interval >= 100)
  }

  @Test("small stills are not enlarged, and a longer interval counts")
  func small() throws {
    let made = try Self.made(5, interval: 7) { Self.grey($0, width: 64, height: 36) }
    #expect((made.overview.tileWidth, made.overview.tileHeight, made.overview.interval) == (64, 36, 7))
  }
}
