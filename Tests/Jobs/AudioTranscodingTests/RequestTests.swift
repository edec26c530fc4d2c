import ObjectCache
import Audio
import AudioJobs
import Core
import LambdaEvents
import Testing

import AudioTranscoding

private func event(
  _ method: String = "POST", _ path: String = "/transcode", query: String = "", headers: [String: String] = [:],
  from address: String = "127.0.0.1", body: [UInt8]? = nil
) -> HTTPEvent {
  HTTPEvent(
    rawPath: path, rawQueryString: query, headers: headers,
    requestContext: .init(http: .init(method: method, path: path, sourceIp: address)), body: body)
}

@Suite struct AccessTests {
  @Test("the key is taken plain or as a bearer", arguments: ["secret", "Bearer secret", "bearer secret"])
  func theKeyIsTakenPlainOrAsABearer(_ header: String) {
    #expect(TranscoderAccess.refusal(event(headers: ["x-transcoder-key": header]), key: "secret") == nil)
  }

  @Test("any other key is refused", arguments: ["wrong", "", "secret2", "Bearer ", "Bearer"])
  func anyOtherKeyIsRefused(_ header: String) {
    #expect(TranscoderAccess.refusal(event(headers: ["x-transcoder-key": header]), key: "secret")?.status == 401)
  }

  @Test("a missing key is refused even from here")
  func aMissingKeyIsRefusedEvenFromHere() {
    #expect(TranscoderAccess.refusal(event(), key: "secret")?.status == 401)
  }

  @Test("without a configured key only this machine is served")
  func withoutAConfiguredKeyOnlyThisMachineIsServed() {
    #expect(TranscoderAccess.refusal(event(from: "127.0.0.1"), key: nil) == nil)
    #expect(TranscoderAccess.refusal(event(from: "::1"), key: nil) == nil)
    #expect(TranscoderAccess.refusal(event(from: "192.0.2.7"), key: nil)?.status == 401)
    // A page from elsewhere in this machine's browser: by address, and by a name of its own that leads here.
    for headers in [
      ["origin": "https://elsewhere.example"], ["origin": "null"], ["sec-fetch-site": "cross-site"],
      ["host": "elsewhere.example:4568", "origin": "http://elsewhere.example:4568"], ["host": "elsewhere.example"],
      ["via": "1.1 proxy"], ["x-real-ip": "127.0.0.1"],
    ] {
      #expect(
        TranscoderAccess.refusal(event(headers: headers, from: "127.0.0.1"), key: nil)?.status == 401, "\(headers)")
    }
    for headers in [
      ["host": "localhost:4568", "origin": "http://127.0.0.1:4567"], ["host": "[::1]:4568"], ["host": "127.0.0.1"],
    ] {
      #expect(TranscoderAccess.refusal(event(headers: headers, from: "127.0.0.1"), key: nil) == nil, "\(headers)")
    }
  }

  @Test("the pages' port needs no key")
  func thePagesPortNeedsNoKey() {
    var request = event(from: "192.0.2.7")
    request.requestContext.zoetrope = .init(local: true)
    #expect(TranscoderAccess.refusal(request, key: "secret") == nil)
    request.requestContext.zoetrope = .init(local: false)
    #expect(TranscoderAccess.refusal(request, key: "secret")?.status == 401)
  }

  @Test(
    "what a proxy passed on comes from elsewhere", arguments: ["forwarded", "x-forwarded-for", "x-forwarded-proto"])
  func whatAProxyPassedOnComesFromElsewhere(_ header: String) {
    #expect(TranscoderAccess.refusal(event(headers: [header: "127.0.0.1"]), key: nil)?.status == 401)
  }
}

@Suite struct RouteTests {
  private let id = String(repeating: "a1", count: 16)

  @Test("jobs have their paths")
  func jobsHaveTheirPaths() throws {
    let job = try #require(TranscodeJob(id: id))
    #expect(try TranscodeRoute(event("POST", "/transcode/jobs")) == .beginJob)
    #expect(try TranscodeRoute(event("GET", "/transcode/jobs/\(id)")) == .job(job))
    #expect(try TranscodeRoute(event("GET", "/transcode/jobs/\(id)/events")) == .events(job))
    #expect(try TranscodeRoute(event("HEAD", "/transcode/jobs/\(id)/result")) == .result(job))
    #expect(try TranscodeRoute(event("GET", "/transcode/jobs/\(id)/waveform")) == .waveform(job))
    #expect(try TranscodeRoute(event("DELETE", "/transcode/jobs/\(id)")) == .cancel(job))
  }

  @Test(
    "other paths are unknown",
    arguments: ["/", "/transcode/", "/transcode/jobs/", "/transcode/jobs/x", "/transcode/other", "//transcode"])
  func otherPathsAreUnknown(_ path: String) {
    #expect { try TranscodeRoute(event("POST", path)) } throws: { ($0 as? TranscodeProblem)?.status == 404 }
  }

  @Test("other methods are named")
  func otherMethodsAreNamed() {
    for (method, path) in [("GET", "/transcode"), ("PUT", "/transcode/jobs"), ("POST", "/transcode/jobs/\(id)/events")]
    {
      #expect { try TranscodeRoute(event(method, path)) } throws: { ($0 as? TranscodeProblem)?.status == 405 }
    }
  }
}

@Suite struct ParameterTests {
  @Test("without parameters the result is MP3")
  func withoutParametersItBecomesMP3() throws {
    #expect(try TranscodeParameters(event()) == TranscodeParameters(target: .mp3, quality: nil, streams: true))
  }

  @Test("every parameter is read")
  func everyParameterIsRead() throws {
    let parameters = try TranscodeParameters(event(query: "target=m4a&quality=low&stream=false"))
    #expect(parameters == TranscodeParameters(target: .m4a, quality: .low, streams: false))
  }

  @Test(
    "nonsense is refused with a name",
    arguments: ["target=wma", "target=", "quality=best", "copy=yes", "target=wav&quality=high", "stream=maybe"])
  func nonsenseIsRefusedWithAName(_ query: String) {
    #expect(throws: TranscodeProblem.self) { try TranscodeParameters(event(query: query)) }
  }

  @Test("the cache key depends on content, target and quality")
  func theCacheKeyDependsOnContentTargetAndQuality() {
    let places = TranscodePlaces(bucket: "cache")
    func key(_ parameters: TranscodeParameters, isStreamed: Bool = false) -> String {
      places.entry(parameters, sha256: "ab", isStreamed: isStreamed).key
    }
    #expect(key(.init(target: .ogg, quality: .high)) == "transcoding/results/ab/high.ogg")
    #expect(key(.init(target: .ogg)) == "transcoding/results/ab/default.ogg")
    #expect(key(.init(target: .mp3, copies: true)) == "transcoding/results/ab/default-copy.mp3")
    #expect(key(.init(target: .mp3), isStreamed: true) == "transcoding/results/ab/default-streamed.mp3")
    #expect(key(.init(target: .ogg), isStreamed: true) == key(.init(target: .ogg)))
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

  @Test("the beginning of an audio file is accepted")
  func audioIsAccepted() { #expect(status(flac) == 100) }
  @Test("a wrong key is refused")
  func aWrongKeyIsRefused() { #expect(status(flac, key: "x") == 401) }
  @Test("an unknown target is refused")
  func anUnknownTargetIsRefused() { #expect(status(flac, query: "target=xyz") == 400) }
  @Test("too long an upload is refused")
  func tooLongAnUploadIsRefused() { #expect(status(flac, length: 1001) == 413) }
  @Test("other files are refused")
  func otherFilesAreRefused() {
    #expect(status([UInt8](repeating: 65, count: 6000)) == 400)
    #expect(status([0x89] + Array("PNG\r\n".utf8) + [0x1a, 0x0a] + [UInt8](repeating: 0, count: 6000)) == 400)
  }
  @Test("too little to tell is accepted")
  func tooLittleToTellIsAccepted() { #expect(status(Array("fL".utf8)) == 100) }
  @Test("a long tag may hold anything")
  func aLongTagMayHoldAnything() {
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

  @Test("other alphabets are coded")
  func otherAlphabetsAreCoded() {
    #expect(
      ResultName.disposition("\u{fc}b\"er.mp3")
        == "attachment; filename=\"_b_er.mp3\"; filename*=UTF-8''%C3%BCb%22er.mp3")
    #expect(ResultName.disposition("a.mp3") == "attachment; filename=\"a.mp3\"")
  }
}

@Suite struct SentUploadTests {
  @Test("an upload has an address of its own")
  func anUploadHasAnAddressOfItsOwn() throws {
    #expect(try TranscodeRoute(event("POST", "/transcode/uploads")) == .beginUpload)
    #expect(throws: TranscodeProblem.self) { try TranscodeRoute(event("GET", "/transcode/uploads")) }
  }

  @Test("a request that names an upload brings no file")
  func aRequestThatNamesAnUploadBringsNoFile() {
    let settings = TranscoderSettings(key: "secret")
    let right = ["x-transcoder-key": "secret"]
    func status(_ query: String, _ headers: [String: String], _ route: TranscodeRoute = .transcode) -> Int {
      BodyCheck.answer(event(query: query, headers: headers), route, settings: settings).status
    }
    #expect(status("upload=00000000000000000000000000000000", right) == 100)
    #expect(status("upload=00000000000000000000000000000000", [:]) == 401)
    #expect(status("upload=00000000000000000000000000000000&target=exe", right) == 400)
    #expect(status("", right, .beginUpload) == 100)
    #expect(status("", [:], .beginUpload) == 401)
  }
}
