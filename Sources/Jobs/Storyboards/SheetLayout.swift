package import MediaTypes

/// Where each tile lies: sheets of `columns` × `rows` tiles, filled row by row. Every sheet is as large, so that one
/// layout holds for all; what is left over of the last one stays black.
package struct SheetLayout: Sendable, Equatable {
  /// Pixels of a tile.
  package let tileWidth: Int
  package let tileHeight: Int
  /// Tiles side by side, and one below the other.
  package let columns: Int
  package let rows: Int
  /// Tiles of all sheets.
  package let tiles: Int

  /// So many that a sheet of tiles 320 pixels wide comes within a second or two over a slow connection.
  package static let mostTiles = 25
  /// Pixels of a sheet: 16 million, 48 MB while it is made.
  private static let largestArea = 16 << 20

  /// - Parameters:
  ///   - tiles: at least 1.
  ///   - stillWidth: Pixels of the stills, with `stillHeight`.
  package init(_ settings: StoryboardSettings, tiles: Int, stillWidth: Int, stillHeight: Int) {
    precondition(tiles > 0 && stillWidth > 0 && stillHeight > 0)
    (tileWidth, tileHeight) = TileSettings.size(
      width: settings.tileWidth, stillWidth: stillWidth, stillHeight: stillHeight)
    columns = min(settings.columns, tiles, Self.mostTiles)
    let most = min(
      Self.mostTiles / columns, StoryboardSettings.largestSheet / tileHeight,
      Self.largestArea / (columns * tileWidth * tileHeight))
    rows = max(1, min(most, (tiles + columns - 1) / columns))
    self.tiles = tiles
  }

  package var tilesPerSheet: Int { columns * rows }
  package var sheets: Int { (tiles + tilesPerSheet - 1) / tilesPerSheet }
  package var sheetWidth: Int { columns * tileWidth }
  package var sheetHeight: Int { rows * tileHeight }

  /// Which tiles a sheet has.
  package func tiles(ofSheet number: Int) -> Range<Int> {
    number * tilesPerSheet..<min((number + 1) * tilesPerSheet, tiles)
  }

  /// Where a tile lies: its sheet, and pixels from that one's left and top.
  package func place(ofTile index: Int) -> (sheet: Int, x: Int, y: Int) {
    let within = index % tilesPerSheet
    return (index / tilesPerSheet, within % columns * tileWidth, within / columns * tileHeight)
  }
}
