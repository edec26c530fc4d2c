/// What a source may ask of this process. Nothing from outside is trusted.
package struct MediaLimits: Sendable, Equatable {
  /// Pixels along either side of the coded picture. Default 16384.
  package var maximumSide: Int
  /// Pixels of the whole coded picture. Default 8192 × 8192.
  package var maximumArea: Int
  /// Pixels of an animated image (GIF, APNG, WebP), which may take next to nothing in the file. Default 4096 × 4096.
  package var maximumAnimationArea: Int
  /// Pixels of all pictures of an animated image that are decoded for a clip. Default 10,000,000,000.
  package var maximumAnimationPixels: Int
  /// Streams of all kinds in one container. Default 4096.
  package var maximumStreams: Int
  /// Bytes that may be read to find out what the streams are. Default 5 MiB.
  package var probeBytes: Int64
  /// Seconds of video. Default 86,400: one day.
  package var maximumLength: Double

  package init(
    maximumSide: Int = 16384, maximumArea: Int = 8192 * 8192,
    maximumAnimationArea: Int = 4096 * 4096, maximumAnimationPixels: Int = 10_000_000_000, maximumStreams: Int = 4096,
    probeBytes: Int64 = 5 << 20, maximumLength: Double = 86_400
  ) {
    self.maximumSide = maximumSide
    self.maximumArea = maximumArea
    self.maximumAnimationArea = maximumAnimationArea
    self.maximumAnimationPixels = maximumAnimationPixels
    self.maximumStreams = maximumStreams
    self.probeBytes = probeBytes
    self.maximumLength = maximumLength
  }
}
