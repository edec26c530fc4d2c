import Animations
import ClipIndexing
import Clips
import Core
import Foundation
import MediaTools
import MediaTypes
import Synchronization
import Testing

/// A stream without key frames but the first: a stripe of each frame is coded again, so that a decoder that begins at a
/// recovery point has whole frames only some time later.
struct GradualCase: Sendable, CustomTestStringConvertible {
  var name: String
  var file: String
  var x264: String
  var testDescription: String { name }

  static let all = [
    GradualCase(name: "with B-frames in MP4", file: "a.mp4", x264: "intra-refresh=1:keyint=50"),
    GradualCase(name: "without B-frames in Matroska", file: "a.mkv", x264: "intra-refresh=1:keyint=50:bframes=0"),
    GradualCase(name: "in a transport stream", file: "a.ts", x264: "intra-refresh=1:keyint=50"),
    GradualCase(
      name: "slower than recovery points follow each other", file: "a.mp4", x264: "intra-refresh=1:keyint=20"),
    GradualCase(name: "with fields", file: "a.mp4", x264: "intra-refresh=1:keyint=50:interlaced=1"),
  ]

  /// 40 macroblocks in a row: a refresh takes at least as many frames.
  static let size = (width: 640, height: 96)
  static let seconds = 6

  func make(in scratch: Scratch) throws -> String {
    try CodedVideo.make(
      file, in: scratch, frames: Self.seconds * 25, width: Self.size.width, height: Self.size.height,
      CodedCase.x264 + ["-x264-params", x264])
  }
}

@Suite("Streams with gradual refresh")
struct GradualRefreshTests {
  private func stills(
    _ path: String, _ start: Int, _ end: Int, header: ClipHeader? = nil, mode: RenderMode = .exact
  ) throws -> [[UInt8]] {
    let sink = CollectingSink()
    let request = ClipRequest(start: start, end: Double(end), gif: nil, mode: mode)
    _ = try ClipRenderer.render(FileByteSource(path: path), request, header: header, to: sink)
    return sink.stills
  }

  @Test("each still is the same, byte for byte, as of a decode from the start", arguments: GradualCase.all)
  func eachSecond(_ video: GradualCase) throws {
    let scratch = try Scratch()
    let path = try video.make(in: scratch)
    try check(path, width: GradualCase.size.width, height: GradualCase.size.height)
    let whole = try stills(path, 0, GradualCase.seconds)
    #expect(whole.count == GradualCase.seconds)
    let headers = try VideoProbe.survey(FileByteSource(path: path), leastIndexBytes: 0).headers
    for second in 0..<GradualCase.seconds {
      let alone = try stills(path, second, second + 1)
      #expect(alone == [whole[second]], "at \(second) s")
      let header = headers?.header(start: second, end: Double(second + 1))
      #expect(try stills(path, second, second + 1, header: header) == alone, "at \(second) s with a header")
    }
  }

  @Test("what only decodes key frames shows whole frames", arguments: GradualCase.all)
  func keyFrames(_ video: GradualCase) throws {
    let scratch = try Scratch()
    let path = try video.make(in: scratch)
    let whole = try stills(path, 0, GradualCase.seconds)
    for start in [0, 2, 4] {
      let found = try stills(path, start, start + 2, mode: .keyframes)
      // Of the second itself, or of the key frame before it.
      #expect(found.count == 2 && found.allSatisfy { whole[...(start + 1)].contains($0) }, "from \(start) s")
    }
  }

  @Test("a recording that begins in the middle of a refresh begins with its first whole frame")
  func recording() throws {
    let scratch = try Scratch()
    let video = GradualCase(name: "", file: "a.ts", x264: "intra-refresh=1:keyint=50:bframes=0")
    let path = try video.make(in: scratch)
    let cut = scratch.path("cut.ts")
    // From the recovery point at 2 s on; the first whole frame comes 1.6 s later.
    try Tool.ffmpeg(["-ss", "1", "-i", path, "-c", "copy", cut])
    try check(cut, width: GradualCase.size.width, height: GradualCase.size.height)
  }

  @Test("an animation begins with the frame on screen at its start", arguments: [1.3, 3.1, 5.5])
  func animation(start: Double) throws {
    let scratch = try Scratch()
    let path = try GradualCase.all[0].make(in: scratch)
    let oracle = try Oracle(path, width: 160, height: 24)
    let pieces = Mutex<[UInt8]>([])
    var parts = [AnimationPart(source: try FileByteSource(path: path), isForwardOnly: false)][...]
    let result = try AnimationConverter.convert(
      AnimationSettings(box: 160, framesPerSecond: 10, colours: 16, start: start, duration: 0.5),
      parts: { parts.popFirst() }, threads: 1, output: { piece in pieces.withLock { $0 += piece } })
    #expect(result.width == 160 && result.height == 24)
    let file = try scratch.write(pieces.withLock { $0 }, as: "a.gif")
    let gray = try Tool.run(
      "ffmpeg",
      [
        "-v", "error", "-nostdin", "-i", file, "-vf", "fps=10:round=up:start_time=0", "-f", "rawvideo", "-pix_fmt",
        "gray", "-",
      ])
    let expected = (0..<5).map { oracle.bits(at: start + Double($0) / 10) }
    #expect(CodedVideo.read(gray, width: 160, height: 24) == expected)
  }
}
