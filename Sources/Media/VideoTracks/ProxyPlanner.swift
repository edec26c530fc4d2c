package import Core
package import MediaTypes

/// Plans a proxy: what is copied, what is encoded, and where the video is cut.
package struct ProxyPlanner: Sendable {
  /// Seconds that no part is shorter than, except for a short video.
  package static let leastSeconds = 4.0
  /// Seconds of a part as a rule; longer for a video that would have more than `mostParts`.
  package static let usualSeconds = 20.0
  package static let mostParts = 180

  /// Parts wanted; `nil`: by the video's length.
  private let parts: Int?
  /// Processors that are there for one proxy; parts share them.
  private let processors: Int

  package init(parts: Int? = nil, processors: Int = 2) {
    self.parts = parts
    self.processors = max(1, processors)
  }

  package enum Outcome: Sendable, Equatable {
    case plan(ProxyPlan)
    /// No proxy is made; what the decision says.
    case none(ProxyDecision)
  }

  /// Blocks while reading; belongs on a thread of one's own.
  ///
  /// - Parameter isForced: everything is encoded, whatever the streams are.
  /// - Throws: `MediaError` if it is no video; errors of `source` unchanged.
  package func plan(
    _ source: any ByteSource, isForced: Bool, cancellation: CancellationFlag = CancellationFlag()
  ) throws -> Outcome {
    let facts = try StreamSurvey.facts(source, cancellation: cancellation)
    let decision = ProxyDecision(facts, isForced: isForced)
    guard case .make(let videoTreatment, let audioTreatment) = decision, let video = facts.video else {
      return .none(decision)
    }
    let origin = Self.origin(facts, video)
    let length = facts.length
    var boundaries: [PartBoundary] = []
    if videoTreatment == .encode {
      let usual = max(Self.usualSeconds, length / Double(Self.mostParts))
      boundaries = try PartBoundaries.find(
        source, facts: facts, count: parts ?? Int((length / usual).rounded(.up)), least: Self.leastSeconds,
        cancellation: cancellation)
    }
    let scale = TrackScale(timeBase: video.timeBase)
    let count = boundaries.count + 1
    let tick = video.timeBase.value
    func request(_ from: PartBoundary?, _ until: Int64?) -> VideoPartRequest {
      VideoPartRequest(
        stream: video.index, from: from, until: until, origin: origin, picture: ProxyPicture(video),
        isInterlaced: video.isInterlaced, frameRate: video.frameRate, timescale: scale.timescale, scale: scale.scale,
        threads: max(1, processors / count))
    }
    let originSeconds = Double(origin) * tick
    var made: [ProxyPart] = []
    if videoTreatment == .copy {
      made.append(
        ProxyPart(
          name: Self.name("video", 0),
          work: .copyVideo(CopyPartRequest(stream: video.index, origin: originSeconds), otherwise: request(nil, nil)),
          seconds: length))
    } else {
      let starts = [nil] + boundaries.map { Optional($0) }
      for (index, start) in starts.enumerated() {
        let next = index < boundaries.count ? boundaries[index] : nil
        let begin = start.map { Double($0.time - origin) * tick } ?? 0
        let end = next.map { Double($0.time - origin) * tick } ?? max(begin, length)
        made.append(
          ProxyPart(
            name: Self.name("video", index), work: .encodeVideo(request(start, next?.time)), seconds: end - begin))
      }
    }
    if let audio = facts.audio {
      let encode = AudioPartRequest(stream: audio.index, origin: originSeconds)
      let work: ProxyPart.Work =
        audioTreatment == .copy
        ? .copyAudio(CopyPartRequest(stream: audio.index, origin: originSeconds), otherwise: encode)
        : .encodeAudio(encode)
      made.append(ProxyPart(name: Self.name("audio", 0), work: work, seconds: length))
    }
    return .plan(ProxyPlan(facts: facts, length: length, parts: made))
  }

  /// The presentation's start in ticks of the video: its first picture, or the first sound if that is earlier.
  private static func origin(_ facts: MediaFacts, _ video: VideoStreamFacts) -> Int64 {
    let first = video.start ?? 0
    guard let audio = facts.audio, let sound = audio.start, video.timeBase.value > 0 else { return first }
    let ticks = Int64((Double(sound) * audio.timeBase.value / video.timeBase.value).rounded(.down))
    return min(first, ticks)
  }

  private static func name(_ track: String, _ index: Int) -> String {
    let digits = String(index)
    return "\(track)-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
