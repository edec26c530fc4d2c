import CLibAV
package import LibAV

/// What a container says of a track and libav does not tell.
package struct TrackFacts: Equatable {
  /// Made for players to show by itself: neither an auxiliary track, such as a depth map, nor one that is switched off.
  package var isForShowing = true
  /// Presentation begins with nothing of this track: its edit list is empty at its start.
  var startsEmpty = false
  /// How many edits its edit list has.
  package var edits = 0
  /// Why its edit list is not followed.
  var editRefusal: String?
  /// The part of the coded picture that is shown.
  package var crop: FrameCrop?
  /// Width of a pixel relative to its height, where libav's figure does not allow for the crop.
  package var sampleAspect: (numerator: Int, denominator: Int)?

  package static func == (a: TrackFacts, b: TrackFacts) -> Bool {
    a.isForShowing == b.isForShowing && a.startsEmpty == b.startsEmpty && a.edits == b.edits
      && a.editRefusal == b.editRefusal && a.crop == b.crop
      && a.sampleAspect?.numerator == b.sampleAspect?.numerator
      && a.sampleAspect?.denominator == b.sampleAspect?.denominator
  }
}

/// Pixels that are cut off the sides of a coded picture.
package struct FrameCrop: Equatable {
  /// Of the pictures that it was stated for.
  package let width: Int
  package let height: Int
  package let left: Int
  package let top: Int
  package let right: Int
  package let bottom: Int

  /// - Returns: `nil` if nothing is cut off, or nothing would be left.
  init?(width: Int, height: Int, left: Int, top: Int, right: Int, bottom: Int) {
    guard left >= 0, top >= 0, right >= 0, bottom >= 0, left + top + right + bottom > 0, left + right < width,
      top + bottom < height
    else { return nil }
    (self.width, self.height) = (width, height)
    (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
  }

  /// Cuts the sides off a picture of the size that they were stated for; any other stays as it is.
  package func apply(to frame: Frame) {
    guard frame.width == width, frame.height == height else { return }
    zt_crop(frame.raw, left, top, right, bottom)
  }
}
