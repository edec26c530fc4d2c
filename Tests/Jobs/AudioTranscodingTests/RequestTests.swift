import Audio
import Core
import LambdaEvents
import Testing

@testable import AudioTranscoding

private func event(
  _ method: String = "POST", _ path: String = "/transcode", query: String = "", headers: [String: String] = [:],
  from address: String = "127.0.0.1", body: [UInt8]? = nil
) -> HTTPEvent {
  HTTPEvent(
    rawPath: path, rawQueryString: query, headers: headers,
    requestContext: .init(http: .init(method: method, path: path, sourceIp: address)), body: body)
}

@Suite struct AccessTests {
  @Test(arguments: ["secret", "Bearer secret", "bearer secret"])
  func theKeyIsTakenPlainOrAsABearer(_ header: String) {
    #expect(TranscoderAccess.refusal(event(headers: ["x-transcoder-key": header]), key: "secret") == nil)
  }

  @Test(arguments: ["wrong", "", "secret2", "Bearer ", "Bearer"])
  func anyOtherKeyIsRefused(_ header: String) {
    #expect(TranscoderAccess.refusal(event(headers: ["x-transcoder-key": header]), key: "secret")?.status == 401)
  }

  @Test func aMissingKeyIsRefusedEvenFromHere() {
    #expect(TranscoderAccess.refusal(event(), key: "secret")?.status == 401)
  }

  @Test func withoutAConfiguredKeyOnlyThisMachineIsServed() {
    #expect(TranscoderAccess.refusal(event(from: "127.0.0.1"), key: nil) == nil)
    #expect(TranscoderAccess.refusal(event(from: "::1"), key: nil) == nil)
    #expect(TranscoderAccess.refusal(event(from: "192.0.2.7"), key: nil)?.status == 401)
  }

  @Test(arguments: ["forwarded", "x-forwarded-for", "x-forwarded-proto"])
  func whatAProxyPassedOnComesFromElsewhere(_ header: String) {
    #expect(TranscoderAccess.refusal(event(headers: [header: "127.0.0.1"]), key: nil)?.status == 401)
  }
}

@Suite struct ParameterTests {
  @Test func withoutParametersItBecomesMP3() throws {
    #expect(try TranscodeParameters(event()) == TranscodeParameters(target: .mp3, quality: nil, streams: true))
  }

  @Test func everyParameterIsRead() throws {
    let parameters = try TranscodeParameters(event(query: "target=m4a&quality=low&stream=false"))
    #expect(parameters == TranscodeParameters(target: .m4a, quality: .low, streams: false))
  }

  @Test(arguments: ["target=wma", "target=", "quality=best", "target=wav&quality=high", "stream=maybe"])
  func nonsenseIsRefusedWithAName(_ query: String) {
    #expect(throws: TranscodeProblem.self) { try TranscodeParameters(event(query: query)) }
  }

  @Test func theCacheKeyDependsOnContentTargetAndQuality() {
    let one = TranscodeParameters(target: .ogg, quality: .high).cacheKey(sha256: "ab")
    #expect(one == "transcoding/ab/high.ogg")
    #expect(TranscodeParameters(target: .ogg).cacheKey(sha256: "ab") == "transcoding/ab/default.ogg")
  }
}

@Suite struct FormTests {
  private let type = "multipart/form-data; boundary=\"a b\""

  private func form(_ text: String, isWhole: Bool = true) throws -> MultipartForm {
    try MultipartForm(
      Array(text.replacing("\n", with: "\r\n").utf8), contentType: type, isWhole: isWhole)
  }

  @Test func partsAreReadWithTheirNames() throws {
    let found = try form(
      """
      preamble
      --a b
      Content-Disposition: form-data; name="note"

      one
      two
      --a b
      content-disposition: form-data; filename="a;\\"b\\".wav"; name=file
      Content-Type: audio/wav

      RIFF
      --a b--
      epilogue
      """)
    #expect(found.isComplete)
    #expect(found.parts.map(\.name) == ["note", "file"])
    #expect(found.parts[1].fileName == "a;\"b\".wav")
    #expect(Array(found.parts[0].body) == Array("one\r\ntwo".utf8))
    #expect(Array(found.parts[1].body) == Array("RIFF".utf8))
  }

  @Test func anEmptyPartIsEmpty() throws {
    let found = try form("--a b\nContent-Disposition: form-data; name=\"file\"\n\n\n--a b--\n")
    #expect(found.parts.map { $0.body.count } == [0])
  }

  @Test func aBeginningIsNoFault() throws {
    let whole = "--a b\nContent-Disposition: form-data; name=\"file\"\n\nRIFF...."
    for count in 0...whole.count {
      let found = try form(String(whole.prefix(count)), isWhole: false)
      #expect(!found.isComplete)
      #expect(found.parts.count <= 1)
    }
  }

  @Test(arguments: [
    "", "no boundary at all", "--other\n\n--other--", "--a b\nContent-Disposition: form-data; name=\"file\"\n\nRIFF",
  ])
  func brokenFormsAreRefused(_ text: String) {
    #expect(throws: TranscodeProblem.self) { try form(text) }
  }

  @Test(arguments: [nil, "", "application/json", "multipart/form-data", "multipart/form-data; boundary="])
  func otherTypesAreRefused(_ type: String?) {
    #expect(throws: TranscodeProblem.self) { try MultipartForm([], contentType: type, isWhole: true) }
  }
}

@Suite struct BodyCheckTests {
  private let settings = TranscoderSettings(key: "k", maximumUpload: 1000)

  private func status(_ content: [UInt8], query: String = "", key: String = "k", length: Int = 900) -> Int {
    let head = Array("--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n".utf8)
    let headers = [
      "x-transcoder-key": key, "content-type": "multipart/form-data; boundary=b", "content-length": "\(length)",
    ]
    return BodyCheck.answer(event(query: query, headers: headers, body: head + content), settings: settings).status
  }

  private let flac = Array("fLaC".utf8) + [0, 0, 0, 34, 16, 0, 16, 0] + [UInt8](repeating: 0, count: 5000)

  @Test func audioIsAccepted() { #expect(status(flac) == 100) }
  @Test func aWrongKeyIsRefused() { #expect(status(flac, key: "x") == 401) }
  @Test func anUnknownTargetIsRefused() { #expect(status(flac, query: "target=xyz") == 400) }
  @Test func tooLongAnUploadIsRefused() { #expect(status(flac, length: 1001) == 413) }
  @Test func otherFilesAreRefused() {
    #expect(status([UInt8](repeating: 65, count: 6000)) == 400)
    #expect(status([0x89] + Array("PNG\r\n".utf8) + [0x1a, 0x0a] + [UInt8](repeating: 0, count: 6000)) == 400)
  }
  @Test func tooLittleToTellIsAccepted() { #expect(status(Array("fL".utf8)) == 100) }
  @Test func aLongTagMayHoldAnything() {
    #expect(status(Array("ID3".utf8) + [3, 0, 0, 0x7f, 0x7f, 0x7f, 0x7f] + [UInt8](repeating: 1, count: 6000)) == 100)
  }
}

@Suite struct ResultNameTests {
  @Test(arguments: [
    ("song.wav", "song.mp3"), ("a/b\\song.tar.wav", "song.tar.mp3"), ("", "audio.mp3"), (".hidden", ".hidden.mp3"),
    ("..", "audio.mp3"), ("no\r\nline", "noline.mp3"),
  ])
  func theStemIsKept(_ given: String, _ expected: String) {
    #expect(ResultName.name(of: given, target: .mp3) == expected)
  }

  @Test func otherAlphabetsAreCoded() {
    #expect(
      ResultName.disposition("\u{fc}b\"er.mp3")
        == "attachment; filename=\"_b_er.mp3\"; filename*=UTF-8''%C3%BCb%22er.mp3")
    #expect(ResultName.disposition("a.mp3") == "attachment; filename=\"a.mp3\"")
  }
}
