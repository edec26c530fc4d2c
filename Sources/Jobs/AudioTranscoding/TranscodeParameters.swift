package import Audio
import Core
package import LambdaEvents

/// What a request asks for in its query.
package struct TranscodeParameters: Sendable, Equatable, Codable {
  package var target: TranscodeTarget
  package var quality: TranscodeQuality?
  /// Whether the answer may begin before the file is finished.
  package var streams: Bool
  /// A stream that fits the target is not encoded again.
  package var copies: Bool

  package init(
    target: TranscodeTarget = .mp3, quality: TranscodeQuality? = nil, streams: Bool = true, copies: Bool = false
  ) {
    self.target = target
    self.quality = quality
    self.streams = streams
    self.copies = copies
  }

  /// - Throws: `TranscodeProblem` 400 that names the parameter.
  package init(_ event: HTTPEvent) throws(TranscodeProblem) {
    self.init()
    if let text = event.query("target").last {
      guard let target = TranscodeTarget(rawValue: text) else {
        let known = TranscodeTarget.allCases.map(\.rawValue).joined(separator: ", ")
        throw TranscodeProblem(400, "target must be one of \(known), found '\(text.prefix(40))'")
      }
      self.target = target
    }
    if let text = event.query("quality").last {
      guard let quality = TranscodeQuality(rawValue: text) else {
        throw TranscodeProblem(400, "quality must be high, standard or low, found '\(text.prefix(40))'")
      }
      guard !target.isLossless else { throw TranscodeProblem(400, "quality is not for \(target.rawValue)") }
      self.quality = quality
    }
    if let text = event.query("stream").last {
      guard text == "true" || text == "false" else {
        throw TranscodeProblem(400, "stream must be true or false, found '\(text.prefix(40))'")
      }
      streams = text == "true"
    }
    if let text = event.query("copy").last {
      guard text == "auto" || text == "never" else {
        throw TranscodeProblem(400, "copy must be auto or never, found '\(text.prefix(40))'")
      }
      copies = text == "auto"
    }
  }

  /// What a job's document says.
  ///
  /// - Throws: `TranscodeProblem` 400.
  init(_ order: TranscodeOrder) throws(TranscodeProblem) {
    guard let target = TranscodeTarget(rawValue: order.target) else {
      throw TranscodeProblem(400, "the job's target '\(order.target)' is not known")
    }
    self.init(
      target: target, quality: order.quality.flatMap(TranscodeQuality.init), streams: false,
      copies: order.copy ?? false)
  }

  /// Tells results of the same content apart.
  ///
  /// - Parameter isStreamed: written without what is known at the end only, as MP3 and FLAC are.
  package func cacheName(isStreamed: Bool) -> String {
    var name = quality?.rawValue ?? "default"
    if copies { name += "-copy" }
    if isStreamed, target == .mp3 || target == .flac { name += "-streamed" }
    return "\(name).\(target.rawValue)"
  }
}
