/// Brings images to another size: every pixel is the mean of the area that it covers.
///
/// In whole numbers throughout, so that the result is the same bytes on every processor.
package enum AreaScaler {
  /// - Parameters:
  ///   - width: Pixels, at least 1, as `height`.
  package static func scale(_ image: RGBImage, to width: Int, _ height: Int) -> RGBImage {
    if image.width == width, image.height == height { return image }
    let result = RGBImage(width: width, height: height)
    let columns = overlaps(of: image.width, with: width)
    // Sums of one row of the input along x, and of one row of the output along both.
    var row = [UInt64](repeating: 0, count: 3 * width)
    var sums = [UInt64](repeating: 0, count: 3 * width)
    let area = UInt64(image.width) * UInt64(image.height)
    var converted = -1
    for y in 0..<height {
      for index in sums.indices { sums[index] = 0 }
      // In units in which a row of the input is `height` high and one of the output `image.height`.
      let (top, bottom) = (y * image.height, (y + 1) * image.height)
      for source in top / height...(bottom - 1) / height {
        if source != converted {
          sum(image.pixels, from: 3 * source * image.width, columns, into: &row)
          converted = source
        }
        let weight = UInt64(min(bottom, (source + 1) * height) - max(top, source * height))
        for index in sums.indices { sums[index] &+= row[index] &* weight }
      }
      let start = 3 * y * width
      for index in sums.indices { result.pixels[start + index] = UInt8((sums[index] + area / 2) / area) }
    }
    return result
  }

  /// Which samples of the input each sample of the output covers, and how much of each.
  private struct Overlap {
    var first: Int
    var weights: [UInt64]
  }

  private static func overlaps(of input: Int, with output: Int) -> [Overlap] {
    (0..<output).map { index in
      let (start, end) = (index * input, (index + 1) * input)
      let samples = start / output...(end - 1) / output
      return Overlap(
        first: samples.lowerBound,
        weights: samples.map { UInt64(min(end, ($0 + 1) * output) - max(start, $0 * output)) })
    }
  }

  private static func sum(
    _ input: UnsafePointer<UInt8>, from start: Int, _ columns: [Overlap], into row: inout [UInt64]
  ) {
    var target = 0
    for column in columns {
      var (red, green, blue) = (UInt64(0), UInt64(0), UInt64(0))
      var source = start + 3 * column.first
      for weight in column.weights {
        red &+= UInt64(input[source]) &* weight
        green &+= UInt64(input[source + 1]) &* weight
        blue &+= UInt64(input[source + 2]) &* weight
        source += 3
      }
      row[target] = red
      row[target + 1] = green
      row[target + 2] = blue
      target += 3
    }
  }
}
