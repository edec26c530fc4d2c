import CLibAV
import FrameConversion
import Images
import LibAV
import MediaTypes

/// A decoded picture as a poster: upright, in SDR's colours, no wider than a poster.
enum PosterFrame {
  static func raster(_ frame: Frame, _ geometry: FrameGeometry, width most: Int) throws(MediaError) -> Raster {
    let (fullWidth, fullHeight) = (geometry.stillWidth, geometry.stillHeight)
    let picture: RGBPicture
    if fullWidth > most {
      let height = max(1, (2 * fullHeight * most + fullWidth) / (2 * fullWidth))
      picture = try RGBScaler(width: most, height: height, orientation: geometry.orientation).scale(frame)
    } else {
      picture = try RGBConverter().convert(
        frame, width: geometry.squareWidth, height: geometry.squareHeight, orientation: geometry.orientation)
    }
    let bytes = UnsafeBufferPointer(start: picture.pixels, count: 3 * picture.width * picture.height)
    return Raster(width: picture.width, height: picture.height, pixels: Array(bytes))
  }
}
