/// What a video's H.264 proxy takes, decided from the description of its streams alone.
package enum ProxyDecision: Sendable, Equatable {
  /// Every browser plays the file.
  case notNeeded(reason: String)
  /// Browsers play the file, though not each of them: no proxy is made unless its owner asks for one.
  case none(reason: String)
  case make(video: Treatment, audio: Treatment)
  /// Nothing can be made of it.
  case impossible(reason: String)

  package enum Treatment: String, Sendable, Equatable, Codable {
    /// There is no such stream.
    case none
    /// Its packets fit: they are copied.
    case copy
    case encode
  }

  /// Pixels of the shorter side of a proxy at most.
  package static let shortSide = 1080

  /// - Parameter isForced: the owner asks for a proxy: everything is encoded.
  package init(_ facts: MediaFacts, isForced: Bool = false) {
    guard let video = facts.video else {
      self = .impossible(reason: "the file has no video stream")
      return
    }
    if video.isDolbyVisionOnly {
      let profile = video.dolbyVisionProfile ?? 5
      self = .impossible(
        reason: "the video is Dolby Vision profile \(profile), whose colours cannot be converted here; "
          + "export it as HDR10, HLG or SDR")
      return
    }
    let audio = facts.audio
    if isForced {
      self = .make(video: .encode, audio: audio == nil ? .none : .encode)
      return
    }
    let fits = min(video.width, video.height) <= Self.shortSide
    let isAsCoded = video.isReframed != true
    if facts.isMOV, isAsCoded, video.codec == "h264", video.isPlain, fits, audio == nil || audio?.codec == "aac" {
      self = .notNeeded(reason: "every browser plays H.264\(audio == nil ? "" : " and AAC") in MP4")
      return
    }
    if facts.isWebM, isAsCoded, ["vp8", "vp9", "av1"].contains(video.codec), video.isPlain,
      audio.map({ ["vorbis", "opus"].contains($0.codec) }) ?? true
    {
      self = .none(reason: "browsers play WebM with \(video.codec)")
      return
    }
    let copiesVideo =
      video.canBeCopied && isAsCoded && video.isPlain && fits && video.isUpright && video.isSquare
      && !video.isInterlaced
    self = .make(
      video: copiesVideo ? .copy : .encode,
      audio: audio.map { $0.canBeCopied ? .copy : .encode } ?? .none)
  }
}
