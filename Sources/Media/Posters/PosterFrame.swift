import CLibAV
import FrameConversion
import Images
import LibAV
import MediaTypes

/// A decoded frame as a poster: upright, in SDR's colours, no wider than a poster.
enum PosterFrame {
  static func image(_ frame: Frame, _ geometry: FrameGeometry, width most: Int) throws(MediaError) -> RGBImage {
    let (fullWidth, fullHeight) = (geometry.stillWidth, geometry.stillHeight)
    if fullWidth > most {
      let height = max(1, (2 * fullHeight * most + fullWidth) / (2 * fullWidth))
      return try RGBScaler(width: most, height: height, orientation: geometry.orientation).scale(frame)
    }
    return try RGBConverter().convert(
      frame, width: geometry.squareWidth, height: geometry.squareHeight, orientation: geometry.orientation)
  }
}
