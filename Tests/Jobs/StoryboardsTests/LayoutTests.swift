import MediaTypes
import Storyboards
import Testing

@Suite("Sheet layout")
struct LayoutTests {
  private static func layout(
    _ tiles: Int, width: Int = 160, columns: Int = 10, still: (Int, Int) = (1920, 1080)
  ) -> SheetLayout {
    SheetLayout(
      StoryboardSettings(tileWidth: width, columns: columns), tiles: tiles, stillWidth: still.0, stillHeight: still.1)
  }

  @Test("sheets have a hundred tiles, ten by ten, and are all as large")
  func hundreds() {
    let layout = Self.layout(10_800)
    #expect((layout.tileWidth, layout.tileHeight, layout.columns, layout.rows) == (160, 90, 10, 10))
    #expect((layout.sheets, layout.sheetWidth, layout.sheetHeight) == (108, 1600, 900))
    #expect(layout.tiles(ofSheet: 107) == 10_700..<10_800)
    #expect(Self.layout(10_801).sheets == 109)
    #expect(Self.layout(10_801).tiles(ofSheet: 108) == 10_800..<10_801)
  }

  @Test("a single sheet is no larger than its tiles need")
  func single() {
    for (tiles, columns, rows) in [(1, 1, 1), (7, 7, 1), (10, 10, 1), (11, 10, 2), (65, 10, 7), (100, 10, 10)] {
      let layout = Self.layout(tiles)
      #expect((layout.columns, layout.rows, layout.sheets) == (columns, rows, 1))
    }
  }

  @Test("tiles fill a sheet row by row")
  func places() {
    let layout = Self.layout(250)
    #expect(layout.place(ofTile: 0) == (0, 0, 0))
    #expect(layout.place(ofTile: 9) == (0, 1440, 0))
    #expect(layout.place(ofTile: 10) == (0, 0, 90))
    #expect(layout.place(ofTile: 99) == (0, 1440, 810))
    #expect(layout.place(ofTile: 100) == (1, 0, 0))
    #expect(layout.place(ofTile: 249) == (2, 1440, 360))
  }

  @Test("every tile lies on a sheet, and no two in the same place", arguments: [1, 3, 7, 33, 100])
  func disjoint(columns: Int) {
    let layout = Self.layout(321, columns: columns)
    #expect(layout.tilesPerSheet <= 100)
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
      ((1280, 720), 90), ((720, 1280), 284), ((1000, 1000), 160), ((2048, 858), 67), ((4000, 10), 1),
    ] {
      #expect(Self.layout(5, still: still).tileHeight == height)
    }
    // As narrow as a line: not as high as a house.
    let narrow = Self.layout(5, still: (16, 16384))
    #expect((narrow.tileWidth, narrow.tileHeight) == (1, 1024))
  }

  @Test(
    "large tiles come on smaller sheets",
    arguments: [(640, 10, (720, 1280)), (160, 100, (1920, 1080)), (640, 1, (90, 360)), (163, 100, (1, 4))])
  func limits(width: Int, columns: Int, still: (Int, Int)) {
    let layout = Self.layout(1000, width: width, columns: columns, still: (still.0 * 10, still.1 * 10))
    #expect(layout.tilesPerSheet <= 100)
    #expect(layout.sheetWidth <= 16384 && layout.sheetHeight <= 16384)
    #expect(layout.rows == 1 || layout.sheetWidth * layout.sheetHeight <= 16 << 20)
  }
}
