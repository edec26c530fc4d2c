/// One part of a proxy's video track to be encoded: the pictures from one time of the source to another.
package struct VideoPartRequest: Sendable, Codable, Equatable {
  /// The stream in the container.
  package var stream: Int
  /// The first picture's time, ticks of the stream; `nil` for the stream's beginning.
  package var from: PartBoundary?
  /// Pictures before this time, ticks of the stream; `nil` for all that follow.
  package var until: Int64?
  /// The presentation's start, ticks of the stream.
  package var origin: Int64
  package var picture: ProxyFrame
  package var isInterlaced: Bool
  /// Pictures per second on average.
  package var frameRate: Fraction
  /// Ticks per second of the track, a whole multiple of the stream's.
  package var timescale: Int
  /// Ticks of the track in a tick of the stream.
  package var scale: Int
  /// Processors that the part may keep busy.
  package var threads: Int

  package init(
    stream: Int, from: PartBoundary?, until: Int64?, origin: Int64, picture: ProxyFrame, isInterlaced: Bool,
    frameRate: Fraction, timescale: Int, scale: Int, threads: Int
  ) {
    self.stream = stream
    self.from = from
    self.until = until
    self.origin = origin
    self.picture = picture
    self.isInterlaced = isInterlaced
    self.frameRate = frameRate
    self.timescale = timescale
    self.scale = scale
    self.threads = threads
  }
}

/// A key frame at which one part ends and the next begins.
package struct PartBoundary: Sendable, Codable, Equatable {
  /// When it is shown, ticks of the stream.
  package var time: Int64
  /// When it is decoded, ticks of the stream; what containers seek by.
  package var decodingTime: Int64

  package init(time: Int64, decodingTime: Int64) {
    self.time = time
    self.decodingTime = decodingTime
  }
}

/// The sound of a proxy, all of it.
package struct AudioPartRequest: Sendable, Codable, Equatable {
  /// The stream in the container.
  package var stream: Int
  /// The presentation's start, seconds in the container's time.
  package var origin: Double
  /// Seconds from the origin to be encoded; `nil` for the stream's end.
  package var start: Double?
  package var end: Double?

  package init(stream: Int, origin: Double, start: Double? = nil, end: Double? = nil) {
    self.stream = stream
    self.origin = origin
    self.start = start
    self.end = end
  }
}

/// A stretch of a video as an animated image.
package struct AnimationPartRequest: Sendable, Codable, Equatable {
  /// The stream in the container.
  package var stream: Int
  /// When the stretch begins, ticks of the stream: with the picture on screen then.
  package var start: Int64
  /// Seconds that it lasts.
  package var seconds: Double
  package var format: AnimationFormat
  /// Pixels along the longer side.
  package var box: Int
  package var framesPerSecond: Int

  package init(
    stream: Int, start: Int64, seconds: Double, format: AnimationFormat, box: Int, framesPerSecond: Int
  ) {
    self.stream = stream
    self.start = start
    self.seconds = seconds
    self.format = format
    self.box = box
    self.framesPerSecond = framesPerSecond
  }

  /// Pixels of the image; see `AnimationBox`.
  package func size(width: Int, height: Int) -> (width: Int, height: Int) {
    AnimationBox.size(box, width: width, height: height)
  }
}

/// The packets of a stream that fits, all of them.
package struct CopyPartRequest: Sendable, Codable, Equatable {
  /// The stream in the container.
  package var stream: Int
  /// The presentation's start, seconds in the container's time.
  package var origin: Double

  package init(stream: Int, origin: Double) {
    self.stream = stream
    self.origin = origin
  }
}

/// What has been made of a part.
package struct PartOutcome: Sendable, Codable, Equatable {
  /// Pictures, or frames of sound.
  package var samples: Int
  /// Bytes of the part.
  package var bytes: Int64
  /// Seconds of processor time.
  package var cpuSeconds: Double

  package init(samples: Int, bytes: Int64, cpuSeconds: Double) {
    self.samples = samples
    self.bytes = bytes
    self.cpuSeconds = cpuSeconds
  }
}
