package import CLibAV
package import MediaTypes

/// The moments of a clip whose pictures are wanted, in the stream's own ticks from its first picture.
package struct FrameSchedule {
  package struct Moment: Equatable {
    /// The latest tick at or before the moment: the picture on screen is the last one that starts at or before it.
    package let tick: Int64
    /// How many frames of the GIF stand at this tick.
    package var gifFrames: Int
    /// Number of the still, from 1.
    package var still: Int?
  }

  package let moments: [Moment]
  private let stillMoments: [Moment]
  package let gifFrames: Int
  package let stills: Int

  package init(_ request: ClipRequest, timeBase: AVRational) {
    let start = Int64(request.start)
    gifFrames = request.gif.map { Self.count(from: request.start, to: request.end, perSecond: $0.framesPerSecond) } ?? 0
    stills = request.stills == nil ? 0 : Self.count(from: request.start, to: request.end, perSecond: 1)

    var moments: [Moment] = []
    var gif = 0
    var still = 0
    let rate = Int64(request.gif?.framesPerSecond ?? 1)
    while gif < gifFrames || still < stills {
      let gifTick = gif < gifFrames ? Self.tick(start * rate + Int64(gif), per: rate, timeBase) : .max
      let stillTick = still < stills ? Self.tick(start + Int64(still), per: 1, timeBase) : .max
      let tick = min(gifTick, stillTick)
      if moments.last?.tick != tick { moments.append(Moment(tick: tick, gifFrames: 0, still: nil)) }
      if gifTick == tick {
        moments[moments.count - 1].gifFrames += 1
        gif += 1
      } else if moments[moments.count - 1].still == nil {
        moments[moments.count - 1].still = still + 1
        still += 1
      } else {
        // A time base coarser than a second: the same picture under the next number.
        moments.append(Moment(tick: tick, gifFrames: 0, still: still + 1))
        still += 1
      }
    }
    self.moments = moments
    stillMoments = moments.filter { $0.still != nil }
  }

  /// How many n there are with `start + n / rate < end`; the end may carry the rounding error of a sum of durations.
  package static func count(from start: Int, to end: Double, perSecond rate: Int) -> Int {
    max(0, Int(((end - Double(start)) * Double(rate) - 1e-6).rounded(.up)))
  }

  private static func tick(_ count: Int64, per rate: Int64, _ timeBase: AVRational) -> Int64 {
    av_rescale_rnd(count, Int64(timeBase.den), rate * Int64(timeBase.num), AV_ROUND_DOWN)
  }

  /// The first moment at or after `tick`.
  func firstMoment(from tick: Int64) -> Int64? { Self.first(in: moments, from: tick) }

  /// The first moment at or after `tick` of which there is a still.
  package func firstStill(from tick: Int64) -> Int64? { Self.first(in: stillMoments, from: tick) }

  private static func first(in moments: [Moment], from tick: Int64) -> Int64? {
    var low = 0
    var high = moments.count
    while low < high {
      let middle = (low + high) / 2
      if moments[middle].tick < tick { low = middle + 1 } else { high = middle }
    }
    return low < moments.count ? moments[low].tick : nil
  }
}
