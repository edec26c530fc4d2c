import MediaTypes
import Previews
import Core
import Images

/// Makes a video's sheets of its tiles, one after the other, and hands each over as soon as it is full.
struct SheetPainter {
  let settings: StoryboardSettings
  let plan: StoryboardPlan

  /// What was made.
  struct Result: Sendable {
    var layout: SheetLayout
    var overview: OverviewPainter.Result
    /// Bytes of each sheet.
    var sheetBytes: [Int]
    /// Which still is the poster.
    var poster: Int
    /// Processor time of this thread, seconds.
    var cpuSeconds: Double
    /// Bytes of the pictures that tiles were made of.
    var sourceBytes: Int64
  }

  /// On libjpeg's scale: what a tile's size shows no difference from the original at.
  private static let quality = 80

  /// To be called on a thread of one's own.
  ///
  /// - Parameters:
  ///   - source: Gives what a tile is made of; asked in order.
  ///   - overview: The key of the overview.
  ///   - sheet: Takes a sheet, from number 0.
  /// - Throws: `MediaError` for a picture that is no JPEG; what the two closures throw.
  func paint(
    source: (Int) throws -> TileFetcher.Tile, overview: String,
    sheet: (_ number: Int, _ jpeg: [UInt8]) throws -> Void
  ) throws -> Result {
    let began = ProcessorTime.ofThread
    let (decoder, encoder) = (try JPEGDecoder(), try JPEGEncoder(quality: Self.quality))
    var layout: SheetLayout?
    var small: OverviewPainter?
    var canvas: RGBImage?
    var looks: [ImageStatistics] = []
    var (sheetBytes, sourceBytes) = ([Int](), Int64(0))
    for index in plan.stills.indices {
      let given = try source(index)
      sourceBytes += Int64(given.jpeg.count)
      let places: SheetLayout
      if let layout {
        places = layout
      } else {
        let size = try given.still ?? decoder.size(of: given.jpeg)
        places = SheetLayout(settings, tiles: plan.stills.count, stillWidth: size.width, stillHeight: size.height)
        layout = places
        small = OverviewPainter(places)
      }
      let picture = try decoder.read(given.jpeg, atLeast: places.tileWidth, places.tileHeight)
      let tile = AreaScaler.scale(picture, to: places.tileWidth, places.tileHeight)
      looks.append(ImageStatistics(tile))
      small?.add(tile, at: index)
      let place = places.place(ofTile: index)
      if canvas == nil { canvas = RGBImage.black(width: places.sheetWidth, height: places.sheetHeight) }
      canvas?.place(tile, x: place.x, y: place.y)
      if let full = canvas, index + 1 == places.tiles(ofSheet: place.sheet).upperBound {
        let bytes = try encoder.encode(full)
        canvas = nil
        sheetBytes.append(bytes.count)
        try sheet(place.sheet, bytes)
      }
    }
    guard let layout, let small else {
      throw MediaError(.invalidRequest, "a storyboard must have at least one still, found none")
    }
    return Result(
      layout: layout, overview: try small.finish(interval: plan.interval, key: overview), sheetBytes: sheetBytes,
      poster: PosterChoice.best(of: looks),
      cpuSeconds: ProcessorTime.ofThread - began, sourceBytes: sourceBytes)
  }
}
