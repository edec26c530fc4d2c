import MediaTypes
import Storyboards
import Testing

@Suite("Sheet layout")
struct LayoutTests {
  private static func layout(
    _ tiles: Int, width: Int = 320, columns: Int = 5, still: (Int, Int) = (1920, 1080)
  ) -> SheetLayout {
    SheetLayout(
      StoryboardSettings(tileWidth: width, columns: columns), tiles: tiles, stillWidth: still.0, stillHeight: still.1)
  }

  @Test("sheets have 25 tiles, five by five, and are all as large")
  func full() {
    let layout = Self.layout(10_800)
    #expect((layout.tileWidth, layout.tileHeight, layout.columns, layout.rows) == (320, 180, 5, 5))
    #expect((layout.sheets, layout.sheetWidth, layout.sheetHeight) == (432, 1600, 900))
    #expect(layout.tiles(ofSheet: 431) == 10_775..<10_800)
    #expect(Self.layout(10_801).sheets == 433)
    #expect(Self.layout(10_801).tiles(ofSheet: 432) == 10_800..<10_801)
  }

  @Test("a single sheet is no larger than its tiles need")
  func single() {
    for (tiles, columns, rows) in [(1, 1, 1), (4, 4, 1), (5, 5, 1), (6, 5, 2), (19, 5, 4), (25, 5, 5)] {
      let layout = Self.layout(tiles)
      #expect((layout.columns, layout.rows, layout.sheets) == (columns, rows, 1))
    }
  }

  @Test("tiles fill a sheet row by row")
  func places() {
    let layout = Self.layout(60)
    #expect(layout.place(ofTile: 0) == (0, 0, 0))
    #expect(layout.place(ofTile: 4) == (0, 1280, 0))
    #expect(layout.place(ofTile: 5) == (0, 0, 180))
    #expect(layout.place(ofTile: 24) == (0, 1280, 720))
    #expect(layout.place(ofTile: 25) == (1, 0, 0))
    #expect(layout.place(ofTile: 59) == (2, 1280, 180))
  }

  @Test("every tile lies on a sheet, and no two in the same place", arguments: [1, 3, 7, 25])
  func disjoint(columns: Int) {
    let layout = Self.layout(321, columns: columns)
    #expect(layout.tilesPerSheet <= 25)
    var taken: Set<[Int]> = []
    for sheet in 0..<layout.sheets {
      for tile in layout.tiles(ofSheet: sheet) {
        let place = layout.place(ofTile: tile)
        #expect(place.sheet == sheet)
        #expect(place.x + layout.tileWidth <= layout.sheetWidth && place.y + layout.tileHeight <= layout.sheetHeight)
        #expect(taken.insert([place.sheet, place.x, place.y]).inserted)
      }
    }
    #expect(taken.count == 321)
  }

  @Test("small stills are not enlarged")
  func smallStills() {
    let layout = Self.layout(20, still: (64, 48))
    #expect((layout.tileWidth, layout.tileHeight) == (64, 48))
  }

  @Test("the height follows the video's shape, rounded")
  func shapes() {
    for (still, height) in [
      ((1280, 720), 180), ((720, 1280), 569), ((1000, 1000), 320), ((2048, 858), 134), ((4000, 10), 1),
    ] {
      #expect(Self.layout(5, still: still).tileHeight == height)
    }
    // As narrow as a line: not as high as a house.
    let narrow = Self.layout(5, still: (16, 16384))
    #expect((narrow.tileWidth, narrow.tileHeight) == (1, 1024))
  }

  @Test(
    "large tiles come on smaller sheets",
    arguments: [(640, 10, (720, 1280)), (160, 25, (1920, 1080)), (640, 1, (90, 360)), (640, 25, (1, 4))])
  func limits(width: Int, columns: Int, still: (Int, Int)) {
    let layout = Self.layout(1000, width: width, columns: columns, still: (still.0 * 10, still.1 * 10))
    #expect(layout.tilesPerSheet <= 25)
    #expect(layout.sheetWidth <= 16384 && layout.sheetHeight <= 16384)
    #expect(layout.rows == 1 || layout.sheetWidth * layout.sheetHeight <= 16 << 20)
  }
}
