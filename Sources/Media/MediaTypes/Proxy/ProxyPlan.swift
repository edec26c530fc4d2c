/// A part of a track and how it is made.
package struct ProxyPart: Sendable, Codable, Equatable {
  package enum Work: Sendable, Codable, Equatable {
    case encodeVideo(VideoPartRequest)
    case encodeAudio(AudioPartRequest)
    /// `otherwise` says how the pictures are encoded if their packets turn out not to fit.
    case copyVideo(CopyPartRequest, otherwise: VideoPartRequest)
    case copyAudio(CopyPartRequest, otherwise: AudioPartRequest)
    /// The only part of its plan: the result itself.
    case animate(AnimationPartRequest)
  }

  /// Part of object keys and file names: `video-0000`, `audio-0000`.
  package var name: String
  package var work: Work
  /// Seconds of the presentation that the part covers, about; 0 if unknown.
  package var seconds: Double

  package init(name: String, work: Work, seconds: Double) {
    self.name = name
    self.work = work
    self.seconds = seconds
  }

  package var isVideo: Bool {
    switch work {
    case .encodeVideo, .copyVideo, .animate: true
    case .encodeAudio, .copyAudio: false
    }
  }

  /// How long the part takes, in seconds of video that is encoded: sound and copies take far less.
  package var cost: Double {
    switch work {
    case .encodeVideo, .animate: seconds
    case .encodeAudio: seconds / 20
    case .copyVideo, .copyAudio: seconds / 200
    }
  }
}

/// What a proxy is made of: the decision, and the parts that are made apart and then joined in this order.
package struct ProxyPlan: Sendable, Codable, Equatable {
  package var facts: MediaFacts
  /// Seconds of the presentation, about.
  package var length: Double
  package var parts: [ProxyPart]

  package init(facts: MediaFacts, length: Double, parts: [ProxyPart]) {
    self.facts = facts
    self.length = length
    self.parts = parts
  }

  /// What the result is if it is an animated image instead of a video.
  package var animation: AnimationPartRequest? {
    guard parts.count == 1, case .animate(let request) = parts[0].work else { return nil }
    return request
  }

  package var cost: Double { parts.reduce(0) { $0 + $1.cost } }
}

/// What planning came to.
package enum ProxyPlanOutcome: Sendable, Equatable {
  case plan(ProxyPlan)
  /// No proxy is made; what the decision says.
  case none(ProxyDecision)
}
