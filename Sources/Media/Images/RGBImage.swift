/// Packed 8-bit RGB rows without padding, with a little room behind for vector code.
///
/// Only the one that makes it writes to it; from then on any thread may read it.
package final class RGBImage: @unchecked Sendable, Equatable {
  package let width: Int
  package let height: Int
  /// `3 × width × height` bytes, not initialized.
  package let pixels: UnsafeMutablePointer<UInt8>
  package var stride: Int { 3 * width }

  package init(width: Int, height: Int) {
    precondition(width > 0 && height > 0)
    self.width = width
    self.height = height
    pixels = .allocate(capacity: 3 * width * height + 64)
  }

  package convenience init(width: Int, height: Int, bytes: [UInt8]) {
    self.init(width: width, height: height)
    precondition(bytes.count == 3 * width * height)
    pixels.update(from: bytes, count: bytes.count)
  }

  deinit { pixels.deallocate() }

  package static func black(width: Int, height: Int) -> RGBImage {
    let image = RGBImage(width: width, height: height)
    image.pixels.update(repeating: 0, count: 3 * width * height)
    return image
  }

  /// A copy of the pixels.
  package var bytes: [UInt8] { Array(UnsafeBufferPointer(start: pixels, count: 3 * width * height)) }

  package static func == (one: RGBImage, other: RGBImage) -> Bool {
    one.width == other.width && one.height == other.height && one.bytes == other.bytes
  }

  /// Lays an image onto this one.
  ///
  /// - Parameters:
  ///   - x: pixels from the left, and `y` from the top, to its corner; all of it must find room.
  package func place(_ image: RGBImage, x: Int, y: Int) {
    precondition(x >= 0 && y >= 0 && x + image.width <= width && y + image.height <= height)
    for row in 0..<image.height {
      (pixels + (y + row) * stride + 3 * x).update(from: image.pixels + row * image.stride, count: image.stride)
    }
  }

  /// Width and height halved so often, rounded down, at least one pixel: each pixel the mean of those that it stands for.
  package func halved(times: Int) -> RGBImage {
    if times == 0 { return self }
    let result = RGBImage(width: max(1, width >> 1), height: max(1, height >> 1))
    let (right, below) = (width > 1 ? 3 : 0, height > 1 ? stride : 0)
    for y in 0..<result.height {
      var source = pixels + 2 * y * stride
      var out = result.pixels + y * result.stride
      for _ in 0..<result.width {
        for channel in 0..<3 {
          let sum =
            UInt16(source[channel]) + UInt16(source[channel + right]) + UInt16(source[channel + below])
            + UInt16(source[channel + right + below])
          out[channel] = UInt8((sum + 2) / 4)
        }
        source += 6
        out += 3
      }
    }
    return result.halved(times: times - 1)
  }
}
