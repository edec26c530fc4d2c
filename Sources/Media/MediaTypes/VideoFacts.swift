/// What is known of a video without decoding it.
package struct VideoFacts: Sendable, Codable, Equatable {
  /// The demuxer's short name, such as `mov,mp4,m4a,3gp,3g2,mj2` or `matroska,webm`.
  package var container: String
  /// The codec's short name, such as `h264`.
  package var codec: String
  /// Pixels as coded, before rotation and sample aspect ratio.
  package var codedWidth: Int
  package var codedHeight: Int
  /// Pixels of the stills: upright and square. Where pixels are wider than high the width grows, where they are higher
  /// than wide the height grows, so that no line or column of the source is lost.
  package var width: Int
  package var height: Int
  /// Degrees clockwise by which the coded picture is turned to stand upright: 0, 90, 180 or 270.
  package var rotation: Int
  /// Whether the coded picture is mirrored left to right before it is turned.
  package var isMirrored: Bool
  /// Average frames per second as the container states or implies it; 0 where unknown.
  package var frameRate: Double
  /// Seconds from the first picture's appearance to the end of the last one. Playable pictures only.
  package var length: Double
  /// Seconds from the first picture's appearance to the last one's.
  package var lastFrameTime: Double
  /// The stream's own start in the container's time, seconds; times elsewhere are counted from here.
  package var startTime: Double
  /// The file ends before its index does: `length` covers what is there.
  package var isTruncated: Bool
  /// libavutil's name, such as `yuv420p10le`.
  package var pixelFormat: String
  /// libavutil's name of the transfer characteristics, such as `bt709` or `smpte2084`; `unknown` where not stated.
  package var transfer: String
  /// PQ or HLG: outputs are tone-mapped.
  package var isHDR: Bool

  package init(
    container: String, codec: String, codedWidth: Int, codedHeight: Int, width: Int, height: Int, rotation: Int,
    isMirrored: Bool, frameRate: Double, length: Double, lastFrameTime: Double, startTime: Double, isTruncated: Bool,
    pixelFormat: String, transfer: String, isHDR: Bool
  ) {
    self.container = container
    self.codec = codec
    self.codedWidth = codedWidth
    self.codedHeight = codedHeight
    self.width = width
    self.height = height
    self.rotation = rotation
    self.isMirrored = isMirrored
    self.frameRate = frameRate
    self.length = length
    self.lastFrameTime = lastFrameTime
    self.startTime = startTime
    self.isTruncated = isTruncated
    self.pixelFormat = pixelFormat
    self.transfer = transfer
    self.isHDR = isHDR
  }
}
