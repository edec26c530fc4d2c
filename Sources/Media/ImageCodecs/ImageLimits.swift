package import MediaTypes

/// What a source image may ask for; checked by its header, before a pixel is decoded.
package struct ImageLimits: Sendable {
  /// Bytes of the file.
  package var bytes = 64 << 20
  /// Pixels of a JPEG that can be decoded row by row.
  package var streamedPixels = 100_000_000
  /// Pixels of an image that its decoder holds whole.
  package var wholePixels = 50_000_000
  /// Bytes of pixels that a decoder may hold whole, by the format's own depth.
  package var wholeBytes = 256 << 20
  /// Pixels along a side.
  package var side = 16_384
  /// Bytes of all images that are derived together. `nil` for no limit.
  package var outputBytes: Int? = 64 << 20

  package init() {}

  /// - Parameters:
  ///   - isStreamed: decoded row by row.
  ///   - bytesPerPixel: of what the decoder holds.
  package func check(_ size: PixelSize, isStreamed: Bool, bytesPerPixel: Int) throws(ImageError) {
    guard size.width > 0, size.height > 0 else {
      throw ImageError(.invalid, "the image must have at least one pixel, found \(size.width)x\(size.height)")
    }
    guard size.width <= side, size.height <= side else {
      throw ImageError(
        .tooLarge, "the image must have at most \(side) pixels a side, found \(size.width)x\(size.height)")
    }
    let pixels = isStreamed ? streamedPixels : min(wholePixels, wholeBytes / max(1, bytesPerPixel))
    guard size.area <= pixels else {
      throw ImageError(
        .tooLarge,
        "an image of this kind must have at most \(pixels / 1_000_000) megapixels, found \(size.width)x\(size.height)")
    }
  }

  package func check(outputBytes count: Int) throws(ImageError) {
    if let outputBytes, count > outputBytes {
      throw ImageError(
        .tooLarge, "what is derived from the image takes more than \(outputBytes) bytes, the limit of ImageMaxBytes")
    }
  }

  package func check(byteCount: Int) throws(ImageError) {
    guard byteCount <= bytes else {
      throw ImageError(.tooLarge, "the image must be at most \(bytes >> 20) MiB, found \(byteCount) bytes")
    }
  }
}
