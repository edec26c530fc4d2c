/// What a render made and what it cost.
package struct ClipResult: Sendable, Codable, Equatable {
  package var facts: VideoFacts
  package var gifFrames: Int
  package var gifBytes: Int
  package var gifWidth: Int
  package var gifHeight: Int
  /// What was given up to fit `GIFSettings.maximumBytes`; `nil` where nothing was.
  package var gifReduction: GIFReduction?
  package var stills: Int
  package var stillBytes: Int
  /// When the picture of each still came on screen, in seconds from the stream's start; only where key frames stand for
  /// all others.
  package var stillTimes: [Double]?
  /// Packets that the decoder took, of those that were read; the rest were pictures that are not needed.
  package var packetsRead: Int
  package var packetsSkipped: Int
  package var framesDecoded: Int
  /// Seconds of processor time, all threads of this render.
  package var cpuSeconds: Double
  /// Of these, what tiles took.
  package var tileSeconds: Double
  package var wallSeconds: Double
  /// Bytes read from the source.
  package var sourceBytes: Int64

  package init(
    facts: VideoFacts, gifFrames: Int, gifBytes: Int, gifWidth: Int, gifHeight: Int,
    gifReduction: GIFReduction?, stills: Int, stillBytes: Int, stillTimes: [Double]?, packetsRead: Int,
    packetsSkipped: Int, framesDecoded: Int, cpuSeconds: Double, tileSeconds: Double = 0, wallSeconds: Double,
    sourceBytes: Int64
  ) {
    self.facts = facts
    self.gifFrames = gifFrames
    self.gifBytes = gifBytes
    self.gifWidth = gifWidth
    self.gifHeight = gifHeight
    self.gifReduction = gifReduction
    self.stills = stills
    self.stillBytes = stillBytes
    self.stillTimes = stillTimes
    self.packetsRead = packetsRead
    self.packetsSkipped = packetsSkipped
    self.framesDecoded = framesDecoded
    self.cpuSeconds = cpuSeconds
    self.tileSeconds = tileSeconds
    self.wallSeconds = wallSeconds
    self.sourceBytes = sourceBytes
  }
}
