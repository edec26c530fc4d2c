package import Core
package import MediaTypes

/// Plans a proxy: what is copied, what is encoded, and where the video is cut.
package struct ProxyPlanner: Sendable {
  /// Seconds that no part is shorter than, except for a short video.
  package static let leastSeconds = 4.0
  /// Seconds of a part as a rule; longer for a video that would have more than `mostParts`.
  package static let usualSeconds = 30.0
  package static let mostParts = 180

  /// Parts wanted; `nil`: by the video's length.
  private let parts: Int?
  /// Processors that are there for one proxy; parts share them.
  private let processors: Int

  package init(parts: Int? = nil, processors: Int = 2) {
    self.parts = parts
    self.processors = max(1, processors)
  }

  /// Blocks while reading; belongs on a thread of one's own.
  ///
  /// - Parameter isForced: everything is encoded, whatever the streams are.
  /// - Throws: `MediaError` if it is no video; errors of `source` unchanged.
  package func plan(
    _ source: any ByteSource, isForced: Bool, cancellation: CancellationFlag = CancellationFlag()
  ) throws -> ProxyPlanOutcome {
    let facts = try StreamSurvey.facts(source, cancellation: cancellation)
    let decision = ProxyDecision(facts, isForced: isForced)
    guard case .make(let videoTreatment, let audioTreatment) = decision, let video = facts.video,
      let origin = facts.origin
    else {
      return .none(decision)
    }
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
        stream: video.index, from: from, until: until, origin: origin, picture: ProxyFrame(video),
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

  /// Plans a stretch of a video as a file of its own: it begins with the frame on screen at `start`, and ends at `end`.
  ///
  /// - Parameters: seconds from the presentation's start.
  /// - Throws: as `plan`; `MediaError` (`invalidRequest`) if the video ends before the stretch begins.
  package func plan(
    _ source: any ByteSource, from start: Double, to end: Double, cancellation: CancellationFlag = CancellationFlag()
  ) throws -> ProxyPlanOutcome {
    let outcome = try plan(source, isForced: true, cancellation: cancellation)
    guard case .plan(var plan) = outcome else { return outcome }
    guard let tick = plan.facts.video?.timeBase.value, plan.length <= 0 || start < plan.length else {
      throw MediaError(.invalidRequest, "the video ends before \(start) s")
    }
    plan.length = end - start
    plan.parts = plan.parts.compactMap { part in
      var part = part
      switch part.work {
      case .encodeVideo(var request):
        let (first, last) = (
          request.origin + Int64((start / tick).rounded()), request.origin + Int64((end / tick).rounded())
        )
        if let until = request.until, until <= first { return nil }
        if let from = request.from, from.time >= last { return nil }
        if request.from.map({ $0.time < first }) ?? true {
          request.from = PartBoundary(time: first, decodingTime: first)
        }
        request.until = min(request.until ?? last, last)
        let begin = request.from?.time ?? first
        part.seconds = Double(max(0, (request.until ?? last) - begin)) * tick
        request.origin = first
        part.work = .encodeVideo(request)
      case .encodeAudio(var request):
        (request.start, request.end) = (start, end)
        part.work = .encodeAudio(request)
        part.seconds = end - start
      case .copyVideo, .copyAudio, .animate:
        return nil
      }
      return part
    }
    return .plan(plan)
  }

  /// Pixels along the longer side of an animated moment at most.
  package static let animationBox = 480
  /// GIF counts in 1/100 s and grows with every frame; WebP is coded between its frames.
  private static let frameRates: [AnimationFormat: Int] = [.gif: 10, .webp: 20]

  /// Plans a stretch of a video as an animated image: each frame shows what is on screen at its time.
  ///
  /// - Parameters: seconds from the presentation's start.
  /// - Throws: as `plan`; `MediaError` (`invalidRequest`) if the video ends before the stretch begins.
  package func plan(
    _ source: any ByteSource, from start: Double, to end: Double, as format: AnimationFormat,
    cancellation: CancellationFlag = CancellationFlag()
  ) throws -> ProxyPlanOutcome {
    let facts = try StreamSurvey.facts(source, cancellation: cancellation)
    let decision = ProxyDecision(facts, isForced: true)
    guard case .make = decision, let video = facts.video, let origin = facts.origin else { return .none(decision) }
    guard facts.length <= 0 || start < facts.length else {
      throw MediaError(.invalidRequest, "the video ends before \(start) s")
    }
    let seconds = (facts.length > 0 ? min(end, facts.length) : end) - start
    let request = AnimationPartRequest(
      stream: video.index,
      start: origin + Int64((start / video.timeBase.value).rounded()), seconds: seconds,
      format: format, box: max(2, min(Self.animationBox, max(video.width, video.height))),
      framesPerSecond: Self.frameRates[format] ?? 10)
    let part = ProxyPart(name: Self.name("animation", 0), work: .animate(request), seconds: seconds)
    return .plan(ProxyPlan(facts: facts, length: seconds, parts: [part]))
  }

  private static func name(_ track: String, _ index: Int) -> String {
    let digits = String(index)
    return "\(track)-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
