import MediaTools
import Core
import Foundation
import Images
import MediaTypes
import Testing

import Posters

@Suite struct PosterTimesTests {
  @Test("candidates are at one second, a quarter and half")
  func candidatesAreAtOneSecondAQuarterAndHalf() {
    #expect(PosterTimes(length: 600).rounds[0] == [1, 150, 300])
    #expect(PosterTimes(length: 3).rounds[0] == [1, 0])
    #expect(PosterTimes(length: 0.2).rounds == [[0]])
    #expect(PosterTimes(length: 1).rounds == [[0]])
  }

  @Test("no candidate is behind the end")
  func noCandidateIsBehindTheEnd() {
    for length in [1.01, 1.5, 2, 2.5, 7.3] {
      #expect(PosterTimes(length: length).rounds.joined().allSatisfy { Double($0) < length })
    }
  }
}

@Suite struct PosterMakerTests {
  private static let x264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]

  private func poster(_ input: String, _ arguments: [String], name: String = "video.mp4") throws -> PosterMaker.Poster {
    let scratch = try Scratch()
    let path = scratch.path(name)
    try Tool.ffmpeg(["-f", "lavfi", "-i", input] + arguments + [path])
    return try PosterMaker.make(FileByteSource(path: path))
  }

  private func look(_ poster: PosterMaker.Poster) throws -> ImageStatistics {
    ImageStatistics(try JPEGDecoder().read(poster.jpeg, atLeast: 80, 45))
  }

  @Test("a black start is passed over")
  func aBlackStartIsPassedOver() throws {
    let input = "color=black:s=320x180:r=10:d=14[a];testsrc2=s=320x180:r=10:d=6[b];[a][b]concat"
    let made = try poster(input, Self.x264)
    #expect(try look(made).brightness > 40)
    #expect(made.time >= 14)
  }

  @Test("a fade is passed over")
  func aFadeIsPassedOver() throws {
    let made = try poster("testsrc2=s=320x180:r=10:d=12,fade=in:0:25", Self.x264)
    #expect(try look(made).contrast > 30)
  }

  @Test("a video of few frames has its first", arguments: [1, 2])
  func aVideoOfFewFramesHasItsFirst(frames: Int) throws {
    let made = try poster("testsrc2=s=320x180:r=10", Self.x264 + ["-frames:v", "\(frames)"])
    #expect(made.time == 0)
    #expect(try look(made).contrast > 30)
  }

  @Test("posters are reduced but never enlarged")
  func postersAreReducedButNeverEnlarged() throws {
    let small = try poster("testsrc2=s=200x120:r=10:d=3", Self.x264)
    #expect((small.width, small.height) == (200, 120))
    let large = try poster("testsrc2=s=1920x1080:r=5:d=3", Self.x264)
    #expect((large.width, large.height) == (1280, 720))
    // RIFF, WEBP, and a lossy picture of 480 x 270.
    #expect(Array(large.webp[8..<16]) == Array("WEBPVP8 ".utf8))
    #expect(Int(large.webp[26]) | Int(large.webp[27]) << 8 == 480)
    #expect(Int(large.webp[28]) | Int(large.webp[29]) << 8 == 270)
  }

  @Test("rotation is applied once")
  func rotationIsAppliedOnce() throws {
    let scratch = try Scratch()
    let turned = scratch.path("turned.mp4")
    try Tool.ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=320x180:r=10:d=3"] + Self.x264 + [turned])
    try MovieMatrix.set(MovieMatrix.quarterTurn, in: turned)
    let made = try PosterMaker.make(FileByteSource(path: turned))
    #expect((made.width, made.height) == (180, 320))
  }

  @Test("a chosen frame is the one on screen then")
  func aChosenFrameIsTheOneOnScreenThen() throws {
    let scratch = try Scratch()
    let path = scratch.path("video.mp4")
    // Dark until 2.4 s, bright from then on.
    try Tool.ffmpeg(
      ["-f", "lavfi", "-i", "color=0x202020:s=320x180:r=10:d=2.4[a];color=0xe0e0e0:s=320x180:r=10:d=2[b];[a][b]concat"]
        + Self.x264 + ["-g", "100", path])
    func brightness(_ time: Double) throws -> Double {
      try look(PosterMaker.make(FileByteSource(path: path), at: time)).brightness
    }
    #expect(try brightness(2.39) < 80)
    #expect(try brightness(2.4) > 150)
    #expect(try brightness(1000) > 150)
  }

  @Test("an audio file has its cover", arguments: ["jpg", "png"])
  func anAudioFileHasItsCover(format: String) throws {
    let scratch = try Scratch()
    let (cover, path) = (scratch.path("cover.\(format)"), scratch.path("song.mp3"))
    try Tool.ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=1600x800", "-frames:v", "1", cover])
    try Tool.ffmpeg([
      "-f", "lavfi", "-i", "sine=d=2", "-i", cover, "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v",
      "attached_pic", path,
    ])
    let made = try PosterMaker.make(FileByteSource(path: path))
    #expect((made.width, made.height) == (1280, 640))
    #expect(try look(made).contrast > 30)
    #expect(Int(made.webp[26]) | Int(made.webp[27]) << 8 == 480)
  }

  @Test("a song without a cover is no video")
  func aSongWithoutACoverIsNoVideo() throws {
    let error = #expect(throws: MediaError.self) {
      try poster("sine=d=2", ["-c:a", "libmp3lame"], name: "song.mp3")
    }
    #expect(error?.kind == .noVideoStream)
  }

  @Test("what the container cuts off is not on the poster")
  func whatTheContainerCutsOffIsNotOnThePoster() throws {
    let cases = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "EndToEnd/cases")
    let cropped = try PosterMaker.make(FileByteSource(path: cases.appending(path: "mp4_clap.mp4").path))
    #expect((cropped.width, cropped.height) == (240, 136))
    let turned = try PosterMaker.make(FileByteSource(path: cases.appending(path: "h264_sei_rotate90.mp4").path), at: 1)
    #expect((turned.width, turned.height) == (180, 320))
  }

  @Test("a file without video is refused")
  func aFileWithoutVideoIsRefused() throws {
    #expect(throws: MediaError.self) {
      try poster("sine=d=3", ["-c:a", "aac"], name: "sound.m4a")
    }
  }
}
