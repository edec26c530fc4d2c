package import MediaTypes

/// The completion record of one clip: "everything of this clip is in the store", or why it never will be.
package struct ClipRecord: Sendable, Codable {
  package enum Status: String, Sendable, Codable { case complete, failed }

  package var status: Status
  /// First second of the clip.
  package var start: Int
  /// Last whole second, included.
  package var end: Int
  /// Why a failed clip failed, for a person.
  package var reason: String?
  /// `true` where tries ran out, so that another one may help; absent where none will.
  package var gaveUp: Bool?
  /// Key of the GIF.
  package var gif: String?
  package var gifBytes: Int
  package var gifFrames: Int
  /// What the GIF became to fit `GifMaxBytes`; absent where nothing was given up.
  package var gifReduction: GIFReduction?
  /// Stills, numbered from 1.
  package var frames: Int
  /// Size in bytes of each still, in order.
  package var frameBytes: [Int]
  /// Where key frames stand for all others: the time in seconds of the picture that each still shows, in order.
  package var frameTimes: [Double]?
  package var timings: Timings

  package struct Timings: Sendable, Codable, Equatable {
    /// When the clip was taken up and when all of it was in the store, milliseconds since 1970.
    package var startedAt: Int64
    package var finishedAt: Int64
    /// Processor time of rendering, milliseconds.
    package var cpuMilliseconds: Int
    /// Wall time of rendering, the uploads that overlapped with it included, milliseconds.
    package var renderMilliseconds: Int
    /// Bytes that the demuxer read of the source.
    package var sourceBytes: Int64?

    package init(
      startedAt: Int64, finishedAt: Int64, cpuMilliseconds: Int = 0, renderMilliseconds: Int = 0,
      sourceBytes: Int64? = nil
    ) {
      self.startedAt = startedAt
      self.finishedAt = finishedAt
      self.cpuMilliseconds = cpuMilliseconds
      self.renderMilliseconds = renderMilliseconds
      self.sourceBytes = sourceBytes
    }
  }

  package init(
    start: Int, end: Int, gif: String?, gifBytes: Int, gifFrames: Int, gifReduction: GIFReduction? = nil,
    frameBytes: [Int], frameTimes: [Double]? = nil, timings: Timings
  ) {
    status = .complete
    self.start = start
    self.end = end
    self.gif = gif
    self.gifBytes = gifBytes
    self.gifFrames = gifFrames
    self.gifReduction = gifReduction
    self.frames = frameBytes.count
    self.frameBytes = frameBytes
    self.frameTimes = frameTimes
    self.timings = timings
  }

  /// A clip that failed.
  ///
  /// - Parameters:
  ///   - gaveUp: tries ran out; otherwise no try can mend it.
  ///   - cpuMilliseconds: processor time that was spent on it.
  package init(
    failed reason: String, gaveUp: Bool = false, start: Int, end: Int, at milliseconds: Int64, cpuMilliseconds: Int = 0
  ) {
    self.init(
      start: start, end: end, gif: nil, gifBytes: 0, gifFrames: 0, frameBytes: [],
      timings: Timings(
        startedAt: milliseconds, finishedAt: milliseconds, cpuMilliseconds: cpuMilliseconds))
    status = .failed
    self.reason = reason
    self.gaveUp = gaveUp ? true : nil
  }
}
