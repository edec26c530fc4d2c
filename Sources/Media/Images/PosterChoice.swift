/// Which picture of a video stands for it: neither black nor white, not of one colour, not blurred; of pictures that are
/// about as good, an early one.
package enum PosterChoice {
  /// Brightness at which a picture counts fully, and how far beyond that it counts not at all.
  private static let goodBrightness = 48.0...200.0
  private static let darkness = 32.0
  private static let glare = 40.0
  /// Standard deviation from which on more contrast makes no better picture.
  private static let enoughContrast = 48.0
  private static let enoughQuality = 0.25
  /// A picture as sharp as this share of the video's sharp ones is sharp enough.
  private static let enoughSharpness = 0.8

  /// - Parameter looks: In the order of the video.
  /// - Returns: The index of the chosen one; 0 where none is any good.
  package static func best(of looks: [ImageStatistics]) -> Int {
    let sharp = sharpness(of: looks)
    var (best, highest) = (0, 0.0)
    for (index, look) in looks.enumerated() {
      // To the end of the video the claim halves.
      let earliness = 1 / (1 + Double(index) / Double(looks.count))
      let score = quality(look, sharp: sharp) * earliness
      if score > highest { (best, highest) = (index, score) }
    }
    return best
  }

  /// Whether one of the pictures is good enough to look no further.
  package static func hasGood(_ looks: [ImageStatistics]) -> Bool {
    let sharp = sharpness(of: looks)
    return looks.contains { quality($0, sharp: sharp) >= enoughQuality }
  }

  /// 0 (no use) ... 1.
  static func quality(_ look: ImageStatistics, sharp: Double) -> Double {
    let light: Double
    if look.brightness < goodBrightness.lowerBound {
      light = max(0, 1 - (goodBrightness.lowerBound - look.brightness) / darkness)
    } else {
      light = max(0, 1 - max(0, look.brightness - goodBrightness.upperBound) / glare)
    }
    let contrast = min(1, look.contrast / enoughContrast)
    return light * contrast * (sharp > 0 ? min(1, look.sharpness / sharp) : 0)
  }

  /// What counts as sharp in this video: a share of what one picture in ten reaches, so that a single noisy one does not
  /// set the measure.
  private static func sharpness(of looks: [ImageStatistics]) -> Double {
    let sorted = looks.map(\.sharpness).sorted()
    return sorted.isEmpty ? 0 : enoughSharpness * sorted[(sorted.count - 1) * 9 / 10]
  }
}
