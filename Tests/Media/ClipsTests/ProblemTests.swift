import MediaTools
import Clips
import Foundation
import MediaTypes
import Core
import Synchronization
import Testing

@Suite("What cannot be shown is said in words")
struct ProblemTests {
  private func problem(_ path: String) throws -> MediaError? {
    let probed = #expect(throws: MediaError.self) { try VideoProbe.probe(FileByteSource(path: path)) }
    let rendered = #expect(throws: MediaError.self) { try RenderedClip(path, ClipRequest(start: 0, end: 1)) }
    #expect(probed?.kind == rendered?.kind)
    #expect(probed?.isRetryable == false)
    return probed
  }

  @Test("an empty file")
  func empty() throws {
    let scratch = try Scratch()
    #expect(try problem(scratch.write([], as: "a.mp4"))?.kind == .emptyFile)
  }

  @Test("text, archives, noise")
  func notVideo() throws {
    let scratch = try Scratch()
    let text = Array(repeating: Array("All work and no play makes Jack a dull boy.\n".utf8), count: 100).flatMap { $0 }
    #expect(try problem(scratch.write(text, as: "a.mp4"))?.kind == .invalidMedia)
    #expect(
      try problem(scratch.write([0x50, 0x4b, 3, 4] + [UInt8](repeating: 0x5a, count: 5000), as: "b.mp4"))?.kind
        == .invalidMedia)
    var state: UInt64 = 1
    let noise = (0..<50_000).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 56)
    }
    #expect(try problem(scratch.write(noise, as: "c.mp4")) != nil)
  }

  @Test("a playlist is not followed")
  func playlist() throws {
    let scratch = try Scratch()
    let video = try CodedVideo.make("a.ts", in: scratch, frames: 30, CodedCase.x264)
    let list = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.2,\n\(video)\n#EXT-X-ENDLIST\n"
    #expect(try problem(scratch.write(Array(list.utf8), as: "a.m3u8"))?.kind == .invalidMedia)
    let script = "ffconcat version 1.0\nfile '\(video)'\n"
    #expect(try problem(scratch.write(Array(script.utf8), as: "a.ffconcat"))?.kind == .invalidMedia)
  }

  @Test("a single image", arguments: ["a.png", "a.jpg", "a.webp"])
  func image(_ name: String) throws {
    let scratch = try Scratch()
    try Tool.ffmpeg(["-f", "lavfi", "-i", "testsrc=s=64x48", "-frames:v", "1", scratch.path(name)])
    let problem = try problem(scratch.path(name))
    #expect(problem?.kind == .invalidMedia)
    #expect(problem?.message.contains("image") == true)
  }

  @Test("sound only, with and without cover art", arguments: ["a.mp3", "a.m4a", "a.ogg", "a.wav", "a.flac"])
  func sound(_ name: String) throws {
    let scratch = try Scratch()
    try Tool.ffmpeg(["-f", "lavfi", "-i", "sine=d=2", scratch.path(name)])
    #expect(try problem(scratch.path(name))?.kind == .noVideoStream)
    if name == "a.m4a" {
      let cover = scratch.path("cover.m4a")
      let picture = scratch.path("cover.png")
      try Tool.ffmpeg(["-f", "lavfi", "-i", "testsrc=s=64x48", "-frames:v", "1", picture])
      try Tool.ffmpeg([
        "-i", scratch.path(name), "-i", picture, "-map", "0", "-map", "1", "-c:a", "copy", "-c:v", "mjpeg",
        "-disposition:v", "attached_pic", cover,
      ])
      #expect(try problem(cover)?.kind == .noVideoStream)
    }
  }

  @Test("an MP4 cut before its index")
  func indexMissing() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, CodedCase.x264)
    let bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
    let problem = try problem(scratch.write(Array(bytes.prefix(bytes.count / 2)), as: "cut.mp4"))
    #expect(problem?.kind == .truncated)
    #expect(problem?.message.contains("moov") == true)
  }

  @Test("an encrypted MP4")
  func encrypted() throws {
    let scratch = try Scratch()
    let key = "00112233445566778899aabbccddeeff"
    let path = try CodedVideo.make(
      "a.mp4", in: scratch, frames: 30,
      CodedCase.x264 + ["-encryption_scheme", "cenc-aes-ctr", "-encryption_key", key, "-encryption_kid", key])
    #expect(try problem(path)?.kind == .encrypted)
  }

  @Test("pictures beyond the limits")
  func tooLarge() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, frames: 5, CodedCase.x264)
    let error = #expect(throws: MediaError.self) {
      try VideoProbe.probe(FileByteSource(path: path), limits: MediaLimits(maximumSide: 100))
    }
    #expect(error?.kind == .tooLarge)
  }

  @Test("a header that claims days of video")
  func tooLong() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.avi", in: scratch, frames: 50, CodedCase.x264)
    var bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
    // `strh`: four bytes of type, handler, flags, priority and language, initial frames; then `dwScale`.
    let header = try #require(bytes.indices.dropLast(48).first { Array(bytes[$0..<$0 + 4]) == Array("strh".utf8) })
    bytes[header + 8 + 20 + 3] |= 0x40
    let error = try #require(throws: MediaError.self) {
      try VideoProbe.probe(FileByteSource(path: try scratch.write(bytes, as: "long.avi")))
    }
    #expect(error.kind == .tooLarge && error.message.contains("at most 86400.0 s"))
  }

  @Test("a clip that makes no sense")
  func invalidRequest() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, frames: 5, CodedCase.x264)
    for request in [
      ClipRequest(start: 1, end: 1), ClipRequest(start: -1, end: 1), ClipRequest(start: 0, end: .infinity),
      ClipRequest(start: 0, end: 1, gif: nil, stills: nil),
      ClipRequest(start: 0, end: 1, gif: GIFSettings(width: 5000)),
    ] {
      let error = #expect(throws: MediaError.self) { try RenderedClip(path, request) }
      #expect(error?.kind == .invalidRequest)
    }
  }
}

@Suite("What is damaged is shown as far as it goes")
struct DamageTests {
  @Test("a truncated file has the length of what is there", arguments: ["a.mp4", "a.mkv", "a.ts", "a.avi", "f.mp4"])
  func truncated(_ name: String) throws {
    let scratch = try Scratch()
    let options =
      name == "a.mp4" ? ["-movflags", "+faststart"] : name == "f.mp4" ? ["-movflags", "frag_keyframe+empty_moov"] : []
    let path = try CodedVideo.make(name, in: scratch, frames: 250, CodedCase.x264 + ["-g", "25"] + options)
    let bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
    let cut = try scratch.write(Array(bytes.prefix(bytes.count * 6 / 10)), as: "cut-" + name)
    let facts = try VideoProbe.probe(FileByteSource(path: cut))
    #expect(facts.length > 3 && facts.length < 9)
    if name != "a.ts" { #expect(facts.isTruncated) }
    let clip = try RenderedClip(cut, ClipRequest(start: 1, end: 3))
    #expect(try clip.stillBits() == [CodedVideo.bits(of: 25), CodedVideo.bits(of: 50)])
    // The last whole second that is there.
    let last = Int(facts.lastFrameTime)
    let tail = try RenderedClip(cut, ClipRequest(start: last, end: facts.length))
    #expect(try tail.stillBits().first == CodedVideo.bits(of: 25 * last))
  }

  @Test("the whole file is not marked as truncated", arguments: ["a.mp4", "a.mkv", "a.ts", "a.avi", "a.webm"])
  func whole(_ name: String) throws {
    let scratch = try Scratch()
    let codec = name == "a.webm" ? ["-pix_fmt", "yuv420p", "-c:v", "libvpx", "-deadline", "realtime"] : CodedCase.x264
    let path = try CodedVideo.make(name, in: scratch, frames: 100, codec)
    let facts = try VideoProbe.probe(FileByteSource(path: path))
    #expect(!facts.isTruncated)
    #expect(abs(facts.length - 4) < 0.0001)
  }

  @Test("WebM as browsers record it: neither length nor index")
  func live() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make(
      "a.webm", in: scratch, frames: 175,
      ["-pix_fmt", "yuv420p", "-c:v", "libvpx", "-deadline", "realtime", "-g", "50", "-live", "1", "-f", "webm"])
    let facts = try VideoProbe.probe(FileByteSource(path: path))
    #expect(abs(facts.length - 7) < 0.002 && abs(facts.lastFrameTime - 6.96) < 0.002)
    let clip = try RenderedClip(path, ClipRequest(start: 4, end: 7))
    #expect(try clip.stillBits() == [100, 125, 150].map { CodedVideo.bits(of: $0) })
  }

  @Test("damaged data costs pictures, not the clip")
  func damaged() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.ts", in: scratch, frames: 250, CodedCase.x264 + ["-g", "25"])
    var bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
    for offset in bytes.count * 4 / 10..<bytes.count * 45 / 100 {
      bytes[offset] = UInt8(truncatingIfNeeded: offset &* 31)
    }
    let damaged = try scratch.write(bytes, as: "damaged.ts")
    let clip = try RenderedClip(damaged, ClipRequest(start: 0, end: 10))
    #expect(clip.result.stills == 10 && clip.result.gifFrames == 100)
    let stills = try clip.stillBits()
    #expect(stills[1] == CodedVideo.bits(of: 25) && stills[9] == CodedVideo.bits(of: 225))
  }
}

@Suite("Others' errors travel through unchanged")
struct BorderTests {
  struct Broken: ClassifiedError, Equatable {
    var code: String { "Broken" }
    var message: String { "broken on purpose" }
    var isRetryable: Bool { true }
  }

  /// A source that fails from some byte on.
  final class BrokenSource: ByteSource {
    let file: FileByteSource
    let limit: Int64
    var size: Int64 { file.size }

    init(_ path: String, limit: Int64) throws {
      file = try FileByteSource(path: path)
      self.limit = limit
    }

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
      if offset + Int64(buffer.count) > limit { throw Broken() }
      return try file.read(at: offset, into: buffer)
    }

    func close() {}
  }

  final class BrokenSink: ClipSink {
    let breaksGIF: Bool
    init(breaksGIF: Bool) { self.breaksGIF = breaksGIF }
    func still(number: Int, jpeg: [UInt8]) throws { if !breaksGIF, number == 2 { throw Broken() } }
    func gif(_ bytes: [UInt8]) throws { if breaksGIF { throw Broken() } }
  }

  final class CancellingSink: ClipSink {
    let flag: CancellationFlag
    init(_ flag: CancellationFlag) { self.flag = flag }
    func still(number: Int, jpeg: [UInt8]) throws { flag.cancel() }
    func gif(_ bytes: [UInt8]) throws {}
  }

  @Test("of the source", arguments: [0.0, 0.5, 0.9])
  func source(_ part: Double) throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make(
      "a.mp4", in: scratch, width: 320, height: 192, CodedCase.x264 + ["-movflags", "+faststart"])
    let size = try FileByteSource(path: path).size
    let source = try BrokenSource(path, limit: Int64(Double(size) * part))
    #expect(throws: Broken()) {
      try ClipRenderer.render(source, ClipRequest(start: 0, end: 4), to: CollectingSink())
    }
    #expect(throws: Broken()) { try VideoProbe.probe(source) }
  }

  @Test("of the sink", arguments: [true, false])
  func sink(_ breaksGIF: Bool) throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, CodedCase.x264)
    #expect(throws: Broken()) {
      try ClipRenderer.render(
        FileByteSource(path: path), ClipRequest(start: 0, end: 4), to: BrokenSink(breaksGIF: breaksGIF))
    }
  }

  @Test("and cancelling ends the work")
  func cancelled() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, CodedCase.x264)
    let flag = CancellationFlag()
    let error = #expect(throws: MediaError.self) {
      try ClipRenderer.render(
        FileByteSource(path: path), ClipRequest(start: 0, end: 4), to: CancellingSink(flag), cancellation: flag)
    }
    #expect(error?.kind == .cancelled)
  }
}
