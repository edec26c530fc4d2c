import MediaTypes
import Testing

@Suite struct ProxyDecisionTests {
  private static func facts(
    _ container: String = "mov,mp4,m4a,3gp,3g2,mj2", codec: String = "h264", depth: Int = 8, quarter: Bool = true,
    width: Int = 1920, height: Int = 1080, transfer: Int = 1, rotation: Int = 0, audio: String? = "aac",
    interlaced: Bool = false, dolbyVisionOnly: Bool = false, reframed: Bool = false
  ) -> MediaFacts {
    let copied = codec == "h264"
    return MediaFacts(
      container: container, size: 1, length: 10,
      video: VideoStreamFacts(
        index: 0, codec: codec, pixelFormat: "yuv420p", depth: depth, isQuarterChroma: quarter, codedWidth: width,
        codedHeight: height, width: width, height: height, rotation: rotation, transfer: transfer,
        isInterlaced: interlaced, frameRate: Fraction(25, 1), timeBase: Fraction(1, 1000), start: 0,
        dolbyVisionProfile: dolbyVisionOnly ? 5 : nil, isDolbyVisionOnly: dolbyVisionOnly, isReframed: reframed,
        canBeCopied: copied),
      audio: audio.map {
        AudioStreamFacts(
          index: 1, codec: $0, sampleRate: 48_000, channels: 2, timeBase: Fraction(1, 48_000), start: 0,
          canBeCopied: $0 == "aac")
      })
  }

  @Test("what every browser plays needs no proxy")
  func whatEveryBrowserPlaysNeedsNoProxy() {
    for facts in [
      Self.facts(), Self.facts(audio: nil), Self.facts(width: 1080, height: 1920), Self.facts(rotation: 90),
    ] {
      guard case .notNeeded = ProxyDecision(facts) else {
        Issue.record("\(facts)")
        continue
      }
    }
  }

  @Test("what browsers would show whole or lying down is encoded")
  func whatBrowsersWouldShowWholeOrLyingDownIsEncoded() {
    #expect(ProxyDecision(Self.facts(reframed: true)) == .make(video: .encode, audio: .copy))
    #expect(ProxyDecision(Self.facts("matroska,webm", reframed: true)) == .make(video: .encode, audio: .copy))
    #expect(
      ProxyDecision(Self.facts("webm", codec: "vp9", audio: "opus", reframed: true))
        == .make(video: .encode, audio: .encode))
  }

  @Test("the owner may have everything encoded")
  func theOwnerMayHaveEverythingEncoded() {
    #expect(ProxyDecision(Self.facts(), isForced: true) == .make(video: .encode, audio: .encode))
    #expect(ProxyDecision(Self.facts(audio: nil), isForced: true) == .make(video: .encode, audio: .none))
  }

  @Test("WebM that browsers play is left alone")
  func webMThatBrowsersPlayIsLeftAlone() {
    guard case .none = ProxyDecision(Self.facts("webm", codec: "vp9", audio: "opus")) else {
      Issue.record("a proxy was asked for")
      return
    }
    #expect(
      ProxyDecision(Self.facts("webm", codec: "vp9", depth: 10, audio: "opus")) == .make(video: .encode, audio: .encode)
    )
    #expect(ProxyDecision(Self.facts("ogg", codec: "theora", audio: "vorbis")) == .make(video: .encode, audio: .encode))
  }

  @Test("only what does not fit is encoded")
  func onlyWhatDoesNotFitIsEncoded() {
    let matroska = "matroska,webm"
    #expect(ProxyDecision(Self.facts(matroska)) == .make(video: .copy, audio: .copy))
    #expect(ProxyDecision(Self.facts(audio: "pcm_s16le")) == .make(video: .copy, audio: .encode))
    #expect(ProxyDecision(Self.facts(codec: "hevc")) == .make(video: .encode, audio: .copy))
    #expect(ProxyDecision(Self.facts(depth: 10)) == .make(video: .encode, audio: .copy))
    #expect(ProxyDecision(Self.facts(quarter: false)) == .make(video: .encode, audio: .copy))
    #expect(ProxyDecision(Self.facts(transfer: 18)) == .make(video: .encode, audio: .copy))
    #expect(ProxyDecision(Self.facts(width: 3840, height: 2160)) == .make(video: .encode, audio: .copy))
    #expect(ProxyDecision(Self.facts(matroska, rotation: 90)) == .make(video: .encode, audio: .copy))
    #expect(ProxyDecision(Self.facts("mpegts", interlaced: true)) == .make(video: .encode, audio: .copy))
  }

  @Test("what cannot be converted is refused with a reason")
  func whatCannotBeConvertedIsRefusedWithAReason() {
    guard case .impossible(let reason) = ProxyDecision(Self.facts(codec: "hevc", depth: 10, dolbyVisionOnly: true))
    else {
      Issue.record("it was not refused")
      return
    }
    #expect(reason.contains("Dolby Vision profile 5"))
  }

  @Test(arguments: [
    (1920, 1080, 1920, 1080), (3840, 2160, 1920, 1080), (2160, 3840, 1080, 1920), (1081, 1921, 1080, 1918),
    (321, 241, 320, 240), (4096, 1716, 2578, 1080), (1, 1, 2, 2),
  ]) func theShorterSideIsLimitedAndSizesAreEven(width: Int, height: Int, wide: Int, high: Int) {
    let picture = ProxyFrame(Self.facts(width: width, height: height).video!)
    #expect(picture.width == wide)
    #expect(picture.height == high)
  }

  @Test("the level is the lowest that the frames need")
  func theLevelIsTheLowestThatThePicturesNeed() {
    #expect(ProxyFrame.level(width: 640, height: 360, frameRate: 25) == 41)
    #expect(ProxyFrame.level(width: 1920, height: 1080, frameRate: 30) == 41)
    #expect(ProxyFrame.level(width: 1920, height: 1080, frameRate: 60) == 42)
    #expect(ProxyFrame.level(width: 1920, height: 1080, frameRate: 240) == 52)
    #expect(ProxyFrame.level(width: 2560, height: 1080, frameRate: 30) == 50)
  }
}
