/// A storyboard as an HLS image media playlist, as Roku and others read it
/// (<https://github.com/image-media-playlist/spec>, version 0.4): a segment is a sheet.
package enum ImagePlaylist {
  package static func text(_ plan: StoryboardPlan, _ layout: SheetLayout) -> String {
    let durations = (0..<layout.sheets).map { sheet in
      let tiles = layout.tiles(ofSheet: sheet)
      return plan.end(ofTile: tiles.upperBound - 1) - Double(plan.time(ofTile: tiles.lowerBound))
    }
    let longest = Int((durations.max() ?? 0).rounded(.up))
    var lines = [
      "#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:\(longest)", "#EXT-X-MEDIA-SEQUENCE:0",
      "#EXT-X-PLAYLIST-TYPE:VOD", "#EXT-X-IMAGES-ONLY",
    ]
    for (sheet, duration) in durations.enumerated() {
      lines += [
        "#EXTINF:\(decimal(duration)),",
        "#EXT-X-TILES:RESOLUTION=\(layout.tileWidth)x\(layout.tileHeight),LAYOUT=\(layout.columns)x\(layout.rows),"
          + "DURATION=\(decimal(Double(plan.interval)))",
        SheetName.of(sheet),
      ]
    }
    return (lines + ["#EXT-X-ENDLIST", ""]).joined(separator: "\n")
  }

  /// With three digits behind the point.
  private static func decimal(_ seconds: Double) -> String {
    let milliseconds = Int((seconds * 1000).rounded())
    let fraction = String(milliseconds % 1000)
    return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
  }
}
