package import Images
import CLibAV
package import MediaTypes
package import LibAV

/// Any decoded picture to upright RGB of a wanted size: the path for everything without a faster one.
package final class RGBConverter {
  private let scaler = Scaler()
  private var mappers = ToneMapperCache()
  private var transparent: [UInt8] = []

  package init() {}

  /// - Parameters:
  ///   - width: of the picture before it is turned upright.
  ///   - height: likewise.
  package func convert(_ frame: Frame, width: Int, height: Int, orientation: Orientation) throws(MediaError)
    -> RGBImage
  {
    let picture = RGBImage(width: width, height: height)
    if FrameColour(frame).hasAlpha {
      // Over black.
      if transparent.count < 4 * width * height + 64 {
        transparent = [UInt8](repeating: 0, count: 4 * width * height + 64)
      }
      try transparent.withUnsafeMutableBufferPointer { (buffer) throws(MediaError) in
        let base = buffer.baseAddress!
        try scaler.scale(frame, width: width, height: height, format: AV_PIX_FMT_RGBA, into: base, stride: 4 * width)
        for index in 0..<width * height {
          let alpha = UInt32(base[4 * index + 3])
          for channel in 0..<3 {
            picture.pixels[3 * index + channel] = UInt8((UInt32(base[4 * index + channel]) * alpha + 127) / 255)
          }
        }
      }
    } else {
      try scaler.scale(
        frame, width: width, height: height, format: AV_PIX_FMT_RGB24, into: picture.pixels, stride: picture.stride)
    }
    if let mapper = mappers.mapper(for: FrameColour(frame)) {
      var pixel = picture.pixels
      for _ in 0..<width * height {
        let mapped = mapper.map(SIMD4(Float(pixel[0]), Float(pixel[1]), Float(pixel[2]), 0) / 255) + 0.5
        for channel in 0..<3 { pixel[channel] = UInt8(mapped[channel]) }
        pixel += 3
      }
    }
    return picture.oriented(orientation)
  }
}
