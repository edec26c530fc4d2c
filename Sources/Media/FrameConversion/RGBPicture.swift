/// Packed 8-bit RGB rows without padding, owned, with a little room behind for vector code.
package final class RGBPicture: @unchecked Sendable {
  package let width: Int
  package let height: Int
  package let pixels: UnsafeMutablePointer<UInt8>
  package var stride: Int { 3 * width }

  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
    pixels = .allocate(capacity: 3 * width * height + 64)
  }

  deinit { pixels.deallocate() }

  /// Turned upright.
  package func oriented(_ orientation: Orientation) -> RGBPicture {
    if orientation == .upright { return self }
    let result =
      orientation.transposed
      ? RGBPicture(width: height, height: width) : RGBPicture(width: width, height: height)
    for y in 0..<result.height {
      let rowY = orientation.flippedY ? result.height - 1 - y : y
      var out = result.pixels + y * result.stride
      for x in 0..<result.width {
        let columnX = orientation.flippedX ? result.width - 1 - x : x
        let source =
          orientation.transposed
          ? pixels + columnX * stride + 3 * rowY : pixels + rowY * stride + 3 * columnX
        out[0] = source[0]
        out[1] = source[1]
        out[2] = source[2]
        out += 3
      }
    }
    return result
  }

  /// Width and height halved so often, rounded down, at least one pixel: each pixel the mean of those that it stands for.
  package func halved(times: Int) -> RGBPicture {
    if times == 0 { return self }
    let result = RGBPicture(width: max(1, width >> 1), height: max(1, height >> 1))
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
