/// A storyboard as WebVTT (<https://www.w3.org/TR/webvtt1/>): a cue per tile whose text is its sheet's address with a
/// media fragment (<https://www.w3.org/TR/media-frags/>), which is what video players take as thumbnails.
package enum ThumbnailTrack {
  package static func text(_ plan: StoryboardPlan, _ layout: SheetLayout) -> String {
    var text = "WEBVTT\n"
    for index in plan.stills.indices {
      let place = layout.place(ofTile: index)
      text += "\n\(timestamp(Double(plan.time(ofTile: index)))) --> \(timestamp(plan.end(ofTile: index)))\n"
      text += "\(SheetName.of(place.sheet))#xywh=\(place.x),\(place.y),\(layout.tileWidth),\(layout.tileHeight)\n"
    }
    return text
  }

  /// `hh:mm:ss.ttt`; hours have more digits where they need them.
  package static func timestamp(_ seconds: Double) -> String {
    let milliseconds = Int((seconds * 1000).rounded())
    func padded(_ value: Int, _ digits: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
    let (hours, minutes) = (milliseconds / 3_600_000, milliseconds / 60_000 % 60)
    return "\(padded(hours, 2)):\(padded(minutes, 2)):\(padded(milliseconds / 1000 % 60, 2))."
      + padded(milliseconds % 1000, 3)
  }
}
