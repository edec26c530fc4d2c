/// How the stills of a clip look. The defaults are the contract's.
package struct StillSettings: Sendable, Codable, Equatable {
  /// libjpeg's scale, 1 ... 100. Default 88, about as good as `ffmpeg -q:v 2`.
  package var quality: Int
  /// Pixels of width at most, 16 ... 16384; larger pictures are downscaled. Default `nil`, as large as the video.
  package var maximumWidth: Int?

  package init(quality: Int = 88, maximumWidth: Int? = nil) {
    self.quality = quality
    self.maximumWidth = maximumWidth
  }

  package static let qualities = 1...100
  package static let widths = 16...16384

  /// The size of the stills of a video that is `width` × `height` pixels upright.
  package func size(width: Int, height: Int) -> (width: Int, height: Int) {
    guard let maximumWidth, maximumWidth < width else { return (width, height) }
    return (maximumWidth, max(1, (2 * height * maximumWidth + width) / (2 * width)))
  }

  /// - Throws: `MediaError` naming what is out of range.
  package func check() throws(MediaError) {
    guard Self.qualities.contains(quality) else {
      throw MediaError(.invalidRequest, "a JPEG's quality must be from 1 to 100, found \(quality)")
    }
    if let maximumWidth, !Self.widths.contains(maximumWidth) {
      throw MediaError(
        .invalidRequest, "a still's greatest width must be from 16 to 16384 pixels, found \(maximumWidth)")
    }
  }
}
