package import Images
package import LibAV
package import MediaTypes

/// Brings pictures of other shapes than the first one's to its size: as large as they fit, upright, on black.
package final class FittingScaler {
  private let width: Int
  private let height: Int
  private let areaMean: Bool
  private var scaler: (geometry: FrameGeometry, scaler: RGBScaler, width: Int, height: Int)?

  /// - Parameters:
  ///   - width: pixels of the upright pictures that are made, as `height`.
  ///   - areaMean: as for `RGBScaler`.
  package init(width: Int, height: Int, areaMean: Bool = false) {
    self.areaMean = areaMean
    self.width = width
    self.height = height
  }

  package func scale(_ frame: Frame, _ geometry: FrameGeometry) throws(MediaError) -> RGBImage {
    if scaler?.geometry != geometry {
      let (across, down) = (geometry.stillWidth, geometry.stillHeight)
      let isWide = across * height >= down * width
      let fitted =
        isWide
        ? (width, max(1, (2 * down * width + across) / (2 * across)))
        : (max(1, (2 * across * height + down) / (2 * down)), height)
      scaler = (
        geometry,
        RGBScaler(width: fitted.0, height: fitted.1, orientation: geometry.orientation, areaMean: areaMean),
        fitted.0, fitted.1
      )
    }
    let picture = try scaler!.scaler.scale(frame)
    let result = RGBImage.black(width: width, height: height)
    result.place(picture, x: (width - picture.width) / 2, y: (height - picture.height) / 2)
    return result
  }
}
