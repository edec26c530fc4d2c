package import Audio
package import LambdaEvents

/// What a request asks for in its query.
package struct TranscodeParameters: Sendable, Equatable, Codable {
  package var target: TranscodeTarget
  package var quality: TranscodeQuality?
  /// Whether the answer may begin before the file is finished.
  package var streams: Bool

  package init(target: TranscodeTarget = .mp3, quality: TranscodeQuality? = nil, streams: Bool = true) {
    self.target = target
    self.quality = quality
    self.streams = streams
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
  }

  /// Names the result of this content with these parameters in the cache bucket.
  ///
  /// - Parameter sha256: of the source, as hexadecimal digits.
  package func cacheKey(sha256: String) -> String {
    "transcoding/\(sha256)/\(quality?.rawValue ?? "default").\(target.rawValue)"
  }
}
