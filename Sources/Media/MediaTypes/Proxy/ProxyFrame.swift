/// The pictures of a proxy: their size, and the H.264 level that they need.
package struct ProxyFrame: Sendable, Codable, Equatable {
  /// Pixels, even.
  package var width: Int
  package var height: Int
  /// Ten times the level: 41 for 4.1.
  package var level: Int
  /// ITU-T H.273 numbers; 2 if they are not stated.
  package var primaries: Int
  package var transfer: Int
  package var matrix: Int

  package init(width: Int, height: Int, level: Int, primaries: Int = 2, transfer: Int = 2, matrix: Int = 2) {
    self.width = width
    self.height = height
    self.level = level
    self.primaries = primaries
    self.transfer = transfer
    self.matrix = matrix
  }

  /// As large as the video, upright and with square pixels, the shorter side no longer than `shortSide`; sizes are even.
  package init(_ video: VideoStreamFacts, shortSide: Int = ProxyDecision.shortSide) {
    let short = min(video.width, video.height)
    var (width, height) = (video.width, video.height)
    if short > shortSide {
      width = Self.scaled(width, shortSide, short)
      height = Self.scaled(height, shortSide, short)
    }
    // Beyond 16384 no decoder goes.
    let long = max(width, height)
    if long > 8192 {
      width = Self.scaled(width, 8192, long)
      height = Self.scaled(height, 8192, long)
    }
    self.width = max(2, width & ~1)
    self.height = max(2, height & ~1)
    level = Self.level(width: self.width, height: self.height, frameRate: video.frameRate.value)
    // What is converted becomes BT.709: HDR, wide gamuts and RGB.
    let isConverted = video.isHDR || video.primaries == 9 || video.matrix == 0 || video.isRGB
    (primaries, transfer, matrix) = isConverted ? (1, 1, 1) : (video.primaries, video.transfer, video.matrix)
  }

  private static func scaled(_ value: Int, _ numerator: Int, _ denominator: Int) -> Int {
    (2 * value * numerator + denominator) / (2 * denominator)
  }

  /// ITU-T H.264 table A-1: macroblocks of a frame, per second, and of the decoded picture buffer.
  private static let levels: [(level: Int, frame: Int, second: Int, buffer: Int)] = [
    (41, 8192, 245_760, 32_768), (42, 8704, 522_240, 34_816), (50, 22_080, 589_824, 110_400),
    (51, 36_864, 983_040, 184_320), (52, 36_864, 2_073_600, 184_320), (60, 139_264, 4_177_920, 696_320),
    (61, 139_264, 8_355_840, 696_320), (62, 139_264, 16_711_680, 696_320),
  ]

  /// 4.1, or the lowest above it that the pictures need with four of them in the decoded picture buffer.
  package static func level(width: Int, height: Int, frameRate: Double) -> Int {
    let (columns, rows) = ((width + 15) / 16, (height + 15) / 16)
    let frame = columns * rows
    let second = Double(frame) * frameRate
    return levels.first {
      frame <= $0.frame && second <= Double($0.second) && 4 * frame <= $0.buffer && columns * columns <= 8 * $0.frame
        && rows * rows <= 8 * $0.frame
    }?.level ?? 62
  }
}
