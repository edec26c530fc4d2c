import CTurboJPEG
package import MediaTypes

/// Reads JPEGs small: libjpeg-turbo leaves out the frequencies that a smaller image does not show, which makes an
/// eighth of the size as cheap as reading the file at all.
package final class JPEGDecoder {
  private let handle: tjhandle
  /// Numerator and denominator, 1 at most, the smallest first.
  private let scales: [(numerator: Int, denominator: Int)]

  /// Pixels along an edge, as many as a still can have (`MediaLimits`).
  private static let largest = 16384
  /// Pixels of an image that is decoded, so that a damaged header cannot ask for any amount of memory.
  private static let largestArea = 8192 * 8192

  package init() throws(MediaError) {
    guard let handle = tjInitDecompress() else { throw MediaError(.decodeFailed, "the JPEG decoder cannot be started") }
    self.handle = handle
    var count: Int32 = 0
    let factors = UnsafeBufferPointer(start: tjGetScalingFactors(&count), count: Int(count))
    scales = factors.map { (Int($0.num), Int($0.denom)) }.filter { $0.0 <= $0.1 }
      .sorted { $0.0 * $1.1 < $1.0 * $0.1 }
  }

  deinit { tjDestroy(handle) }

  /// Pixels of width and height that a JPEG has.
  ///
  /// - Throws: `MediaError` for bytes that are no JPEG, or one larger than stills are.
  package func size(of jpeg: [UInt8]) throws(MediaError) -> (width: Int, height: Int) {
    var (width, height, sampling, colours) = (Int32(0), Int32(0), Int32(0), Int32(0))
    let status = tjDecompressHeader3(handle, jpeg, UInt(jpeg.count), &width, &height, &sampling, &colours)
    guard status == 0 else { throw failure }
    guard (1...Self.largest).contains(Int(width)), (1...Self.largest).contains(Int(height)),
      Int(width) * Int(height) <= Self.largestArea
    else {
      throw MediaError(
        .tooLarge, "a still must have at most \(Self.largest) pixels along an edge, found \(width)x\(height)")
    }
    return (Int(width), Int(height))
  }

  /// The image at the smallest size that is at least the wanted one in both directions, or its own where it is smaller.
  ///
  /// - Throws: `MediaError` for bytes that are no whole JPEG.
  package func read(_ jpeg: [UInt8], atLeast width: Int, _ height: Int) throws(MediaError) -> RGBImage {
    let full = try size(of: jpeg)
    func scaled(_ length: Int, by scale: (numerator: Int, denominator: Int)) -> Int {
      (length * scale.numerator + scale.denominator - 1) / scale.denominator
    }
    let scale =
      scales.first { scaled(full.width, by: $0) >= width && scaled(full.height, by: $0) >= height } ?? (1, 1)
    let (outputWidth, outputHeight) = (scaled(full.width, by: scale), scaled(full.height, by: scale))
    let image = RGBImage(width: outputWidth, height: outputHeight)
    let status = tjDecompress2(
      handle, jpeg, UInt(jpeg.count), image.pixels, Int32(outputWidth), Int32(image.stride), Int32(outputHeight),
      Int32(TJPF_RGB.rawValue), 0)
    guard status == 0 else { throw failure }
    return image
  }

  private var failure: MediaError {
    MediaError(.decodeFailed, "a still cannot be read: \(String(cString: tjGetErrorStr2(handle)))")
  }
}
