/// What can be told of a small image by its brightness: what makes one fit to stand for a video, or not.
package struct ImageStatistics: Sendable, Equatable {
  /// Mean brightness, 0 (black) ... 255 (white).
  package var brightness: Double
  /// Standard deviation of the brightness: 0 for an image of one colour.
  package var contrast: Double
  /// Root mean square of how much a pixel differs from the mean of its four neighbours: small where edges are blurred,
  /// and without edges.
  package var sharpness: Double

  package init(brightness: Double, contrast: Double, sharpness: Double) {
    self.brightness = brightness
    self.contrast = contrast
    self.sharpness = sharpness
  }

  package init(_ image: RGBImage) {
    let (width, height) = (image.width, image.height)
    // Luma of BT.601 in 1/256.
    let pixels = image.pixels
    var luma = [Int](repeating: 0, count: width * height)
    for index in luma.indices {
      let (red, green, blue) = (Int(pixels[3 * index]), Int(pixels[3 * index + 1]), Int(pixels[3 * index + 2]))
      luma[index] = (77 * red + 150 * green + 29 * blue) >> 8
    }
    let count = Double(luma.count)
    let mean = Double(luma.reduce(0, +)) / count
    brightness = mean
    let squared: Int = luma.reduce(0) { $0 + $1 * $1 }
    contrast = max(0, Double(squared) / count - mean * mean).squareRoot()
    guard width > 2, height > 2 else {
      sharpness = 0
      return
    }
    var squares = 0
    for y in 1..<(height - 1) {
      let row = y * width
      for at in (row + 1)..<(row + width - 1) {
        let around: Int = luma[at - 1] + luma[at + 1] + luma[at - width] + luma[at + width]
        let difference = 4 * luma[at] - around
        squares += difference * difference
      }
    }
    sharpness = (Double(squares) / 16 / Double((width - 2) * (height - 2))).squareRoot()
  }
}
