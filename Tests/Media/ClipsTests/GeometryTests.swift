import MediaTools
import Clips
import Foundation
import MediaTypes
import Core
import Testing

/// Videos that are shown otherwise than they are coded.
@Suite("Upright, square, from the first picture shown")
struct GeometryTests {
  private static let x264 = CodedCase.x264

  @Test(
    "rotated and mirrored",
    arguments: [
      ([0, 1, -1, 0], 90, false), ([-1, 0, 0, -1], 180, false), ([0, -1, 1, 0], 270, false), ([-1, 0, 0, 1], 0, true),
      ([1, 0, 0, -1], 180, true), ([0, 1, 1, 0], 270, true),
    ] as [([Int32], Int, Bool)])
  func rotated(_ matrix: [Int32], rotation: Int, isMirrored: Bool) throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, frames: 80, Self.x264 + ["-g", "20"])
    try MovieMatrix.set(matrix, in: path)
    let facts = try VideoProbe.probe(FileByteSource(path: path))
    #expect(facts.rotation == rotation && facts.isMirrored == isMirrored)
    let onItsSide = matrix[0] == 0
    try check(path, width: onItsSide ? 96 : 160, height: onItsSide ? 160 : 96)
  }

  @Test("pixels that are not square", arguments: [("4:3", 213, 96), ("3:4", 160, 128)])
  func sampleAspect(_ aspect: String, width: Int, height: Int) throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make(
      "a.mp4", in: scratch, frames: 80, ["-vf", "setsar=\(aspect.replacing(":", with: "/"))"] + Self.x264)
    try check(path, width: width, height: height)
    let clip = try RenderedClip(path, ClipRequest(start: 0, end: 1, stills: nil))
    #expect(clip.result.gifWidth == 240)
    #expect(clip.result.gifHeight == (width == 213 ? 108 : 192))
  }

  @Test("an edit list hides what stands before the cut")
  func editList() throws {
    let scratch = try Scratch()
    let whole = try CodedVideo.make(
      "whole.mp4", in: scratch, frames: 130, Self.x264 + ["-preset", "medium", "-g", "40"])
    let cut = scratch.path("cut.mp4")
    try Tool.ffmpeg(["-ss", "1.3", "-i", whole, "-c", "copy", cut])
    try check(cut, width: 160, height: 96)
  }

  @Test("sound that lasts longer than the pictures does not count", arguments: ["a.mp4", "a.mkv", "a.ts", "a.avi"])
  func longerSound(_ name: String) throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make(
      name, in: scratch, frames: 75, input: ["-f", "lavfi", "-i", "sine=d=4.5"], Self.x264 + ["-c:a", "aac"])
    let facts = try VideoProbe.probe(FileByteSource(path: path))
    #expect(abs(facts.length - 3) < 0.0001)
    #expect(abs(facts.lastFrameTime - 2.96) < 0.0006)
    try check(path, width: 160, height: 96)
  }

  @Test("the same bytes on one processor and on two, and every time")
  func deterministic() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, Self.x264 + ["-preset", "medium", "-g", "30"])
    let request = ClipRequest(start: 1, end: 4)
    let one = try RenderedClip(path, request, processors: 1)
    for processors in [1, 2] {
      let other = try RenderedClip(path, request, processors: processors)
      #expect(other.sink.gifs == one.sink.gifs)
      #expect(other.sink.stills == one.sink.stills)
    }
  }

  @Test("a size that changes in mid-stream is brought to the first one")
  func sizeChange() throws {
    let scratch = try Scratch()
    let first = try CodedVideo.make("1.ts", in: scratch, frames: 50, Self.x264)
    let second = try CodedVideo.make(
      "2.ts", in: scratch, frames: 50, width: 320, height: 192, Self.x264 + ["-output_ts_offset", "2.08"])
    let joined = try Data(contentsOf: URL(filePath: first)) + Data(contentsOf: URL(filePath: second))
    let path = try scratch.write([UInt8](joined), as: "a.ts")
    try check(path, width: 160, height: 96)
  }
}
