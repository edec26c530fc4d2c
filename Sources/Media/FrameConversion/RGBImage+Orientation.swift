package import Images

extension RGBImage {
  /// Turned upright.
  package func oriented(_ orientation: Orientation) -> RGBImage {
    if orientation == .upright { return self }
    let result =
      orientation.transposed ? RGBImage(width: height, height: width) : RGBImage(width: width, height: height)
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
}
