import MediaTools
import Core
import Foundation
import MP4
import MediaTypes
import Testing
import VideoEncoding
import VideoTracks

/// Makes a proxy as the functions do, in this process.
enum ProxyOf {
  static func make(
    _ path: String, in scratch: Scratch, parts: Int, isForced: Bool = true
  ) throws -> (path: String, plan: ProxyPlan) {
    let source = try FileByteSource(path: path)
    let outcome = try ProxyPlanner(parts: parts, processors: 1).plan(source, isForced: isForced)
    guard case .plan(let plan) = outcome else { throw Tool.Failure(description: "no plan: \(outcome)") }
    var tracks: (video: [TrackPart], audio: [TrackPart]) = ([], [])
    for part in plan.parts {
      let file = scratch.path(part.name + ".part")
      _ = try PartMaker.make(part, of: FileByteSource(path: path), to: file) { _ in }
      let made = try TrackPart(FileByteSource(path: file))
      if part.isVideo { tracks.video.append(made) } else { tracks.audio.append(made) }
    }
    let joined = try JoinedFile(video: tracks.video, audio: tracks.audio)
    var bytes = [UInt8](repeating: 0, count: Int(joined.size))
    var done = 0
    while done < bytes.count {
      done += try bytes.withUnsafeMutableBytes {
        try joined.read(at: Int64(done), into: UnsafeMutableRawBufferPointer(rebasing: $0[done...]))
      }
    }
    return (try scratch.write(bytes, as: "proxy.mp4"), plan)
  }
}

@Suite struct ProxyTests {
  struct Case: Sendable, CustomStringConvertible {
    var description: String
    var name: String
    var arguments: [String]
    /// Parts that must come out of it, at least.
    var videoParts = 2
  }

  static let cases = [
    Case(
      description: "B-frames in closed groups", name: "closed.mp4",
      arguments: ["-c:v", "libx264", "-preset", "veryfast", "-g", "50", "-bf", "3", "-pix_fmt", "yuv420p"]),
    Case(
      description: "open groups", name: "open.mkv",
      arguments: [
        "-c:v", "libx264", "-preset", "veryfast", "-g", "50", "-bf", "3", "-x264-params", "open-gop=1", "-pix_fmt",
        "yuv420p",
      ]),
    Case(
      description: "HEVC with 10 bits and open groups", name: "hevc.mp4",
      arguments: [
        "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "keyint=48:bframes=4:open-gop=1:log-level=none",
        "-pix_fmt", "yuv420p10le",
      ]),
    Case(
      description: "a transport stream", name: "stream.ts",
      arguments: ["-c:v", "mpeg2video", "-g", "25", "-bf", "2", "-q:v", "3", "-pix_fmt", "yuv420p"]),
    Case(
      description: "variable frame rate", name: "variable.mkv",
      arguments: [
        "-vf", "settb=1/1000,setpts='N*40+mod(N*N\\,37)'", "-fps_mode", "passthrough", "-enc_time_base", "1:1000",
        "-c:v",
        "libx264", "-preset", "veryfast", "-g", "50", "-bf", "3", "-pix_fmt", "yuv420p",
      ]),
    Case(
      description: "gradual refresh", name: "gradual.mp4",
      arguments: [
        "-c:v", "libx264", "-preset", "veryfast", "-x264-params", "intra-refresh=1:keyint=50", "-pix_fmt", "yuv420p",
      ]),
    Case(
      description: "gradual refresh in a transport stream", name: "gradual.ts",
      arguments: [
        "-c:v", "libx264", "-preset", "veryfast", "-x264-params", "intra-refresh=1:keyint=50", "-pix_fmt", "yuv420p",
      ]),
    Case(
      description: "key frames only", name: "intra.mov",
      arguments: ["-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p"]),
    Case(
      description: "AVI without presentation times", name: "old.avi",
      arguments: ["-c:v", "mpeg4", "-q:v", "3", "-g", "50", "-bf", "2"], videoParts: 1),
  ]

  @Test("every frame is there once, at its time", arguments: cases)
  func everyPictureIsThereOnceAtItsTime(_ given: Case) throws {
    let scratch = try Scratch()
    let source = try NumberedVideo.make(given.name, in: scratch, pictures: 400, given.arguments)
    let (proxy, plan) = try ProxyOf.make(source, in: scratch, parts: 3)
    #expect(plan.parts.filter(\.isVideo).count >= given.videoParts)
    let wanted = try NumberedVideo.read(source)
    let made = try NumberedVideo.read(proxy)
    #expect(wanted.count == 400)
    #expect(made.map(\.number) == wanted.map(\.number))
    let start = wanted.first?.time ?? 0
    for (a, b) in zip(wanted, made) where a.time.isFinite {
      #expect(abs(a.time - start - b.time) < 0.0011, "picture \(a.number)")
    }
    let times = try NumberedVideo.decodingTimes(proxy, stream: "v:0")
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
  }

  /// x264 spends bits on a picture by what later ones take from it: it must see those beyond the part.
  @Test("a part's last frames are encoded in view of the next")
  func aPartsLastPicturesAreEncodedInViewOfTheNext() throws {
    let scratch = try Scratch()
    func lastBytes(pictures: Int) throws -> Int {
      let path = scratch.path("of\(pictures).mkv")
      try Tool.ffmpeg([
        "-f", "lavfi", "-i", "cellauto=size=320x180:rate=25:rule=18:seed=7", "-frames:v", "\(pictures)", "-c:v",
        "libx264", "-preset", "ultrafast", "-crf", "10", "-pix_fmt", "yuv420p", path,
      ])
      let planner = ProxyPlanner(parts: 1, processors: 1)
      guard case .plan(let plan) = try planner.plan(FileByteSource(path: path), isForced: true),
        case .encodeVideo(var request) = plan.parts[0].work
      else { throw Tool.Failure(description: "no plan") }
      // Exactly 150 pictures, whatever follows.
      request.until = request.origin + Int64((6 / (plan.facts.video?.timeBase.value ?? 1)).rounded())
      let part = ProxyPart(name: "video-0000", work: .encodeVideo(request), seconds: 6)
      let file = scratch.path("part-\(pictures)")
      _ = try PartMaker.make(part, of: FileByteSource(path: path), to: file) { _ in }
      let samples = try TrackPart(FileByteSource(path: file)).samples
      #expect(samples.count == 150)
      return samples.suffix(30).reduce(0) { $0 + Int($1.size) }
    }
    let alone = try lastBytes(pictures: 150)
    let followed = try lastBytes(pictures: 300)
    #expect(followed > alone + alone / 50, "\(followed) bytes of the last pictures, \(alone) with nothing behind them")
  }

  @Test(
    "a stretch begins with the frame on screen", arguments: ["gradual.mp4", "gradual.mkv", "gradual.ts"],
    [1.4, 5.0, 15.6])
  func aStretchBeginsWithTheFrameOnScreen(name: String, start: Double) throws {
    let scratch = try Scratch()
    let source = try NumberedVideo.make(
      name, in: scratch, pictures: 400,
      [
        "-c:v", "libx264", "-preset", "veryfast", "-x264-params", "intra-refresh=1:keyint=100", "-pix_fmt", "yuv420p",
      ])
    let run = try FrameRun(
      FileByteSource(path: source), stream: 0, from: nil, until: nil, threads: 1)
    var times: [Int64] = []
    try run.run { _, time in
      times.append(time)
      return true
    }
    try #require(times.count == 400)
    let at = times[Int((start * 25).rounded())]
    var shown: [Int64] = []
    try FrameRun(
      FileByteSource(path: source), stream: 0, from: PartBoundary(time: at, decodingTime: at), until: nil, threads: 1
    ).run { _, time in
      shown.append(time)
      return shown.count < 5
    }
    #expect(shown == Array(times.filter { $0 >= at }.prefix(5)))
  }

  @Test("an edit list is followed")
  func anEditListIsFollowed() throws {
    let scratch = try Scratch()
    let whole = try NumberedVideo.make(
      "whole.mp4", in: scratch, pictures: 400,
      ["-c:v", "libx264", "-preset", "veryfast", "-g", "100", "-bf", "3", "-pix_fmt", "yuv420p"])
    let cut = scratch.path("cut.mp4")
    try Tool.ffmpeg(["-ss", "1.3", "-i", whole, "-c", "copy", cut])
    let wanted = try NumberedVideo.read(cut)
    let made = try NumberedVideo.read(ProxyOf.make(cut, in: scratch, parts: 3).path)
    #expect(made.map(\.number) == wanted.map(\.number))
    #expect(made.first?.number == 33)
  }

  @Test("sound is heard when the source says", arguments: [true, false])
  func soundIsHeardWhenTheSourceSays(isForced: Bool) throws {
    let scratch = try Scratch()
    let beeps = "aevalsrc='sin(2*PI*1000*t)*lt(mod(t\\,1)\\,0.1)':s=44100:d=16"
    let source = try NumberedVideo.make(
      "beeps.mkv", in: scratch, pictures: 400, input: ["-f", "lavfi", "-i", beeps],
      ["-c:v", "libx264", "-preset", "veryfast", "-g", "50", "-bf", "3", "-pix_fmt", "yuv420p", "-c:a", "aac"])
    let late = scratch.path("late.mkv")
    try Tool.ffmpeg(
      ["-i", source, "-itsoffset", "2.5", "-i", source, "-map", "0:v", "-map", "1:a", "-c", "copy", late])
    for path in [source, late] {
      let wanted = try NumberedVideo.beeps(path)
      let proxy = try ProxyOf.make(path, in: scratch, parts: 3, isForced: isForced).path
      let made = try NumberedVideo.beeps(proxy)
      let shift = try NumberedVideo.read(path)[0].time - NumberedVideo.read(proxy)[0].time
      #expect(wanted.count == made.count)
      for (a, b) in zip(wanted, made) { #expect(abs(a - b - shift) < 0.002) }
    }
  }

  @Test("a stream that fits is copied")
  func aStreamThatFitsIsCopied() throws {
    let scratch = try Scratch()
    let source = try NumberedVideo.make(
      "fits.mkv", in: scratch, pictures: 200,
      ["-c:v", "libx264", "-preset", "veryfast", "-g", "50", "-bf", "3", "-pix_fmt", "yuv420p"])
    let (proxy, plan) = try ProxyOf.make(source, in: scratch, parts: 3, isForced: false)
    guard case .copyVideo = plan.parts[0].work else {
      Issue.record("the video was not copied: \(plan.parts)")
      return
    }
    #expect(try NumberedVideo.read(proxy).map(\.number) == Array(0..<200))
  }

  @Test("the index comes before the samples")
  func theIndexComesBeforeTheSamples() throws {
    let scratch = try Scratch()
    let upright = try NumberedVideo.make("upright.mov", in: scratch, pictures: 50, ["-c:v", "mpeg4", "-q:v", "3"])
    let source = scratch.path("rotated.mov")
    try Tool.ffmpeg(
      [
        "-i", upright, "-c", "copy", "-movflags", "use_metadata_tags", "-metadata", "location=+47.0+008.0/", source,
      ])
    try MovieMatrix.set(MovieMatrix.quarterTurn, in: source)
    let proxy = try ProxyOf.make(source, in: scratch, parts: 1).path
    let bytes = try [UInt8](Data(contentsOf: URL(filePath: proxy)))
    let text = String(decoding: bytes.prefix(4096), as: UTF8.self)
    let index = try #require(text.range(of: "moov"))
    let samples = try #require(text.range(of: "mdat"))
    #expect(index.lowerBound < samples.lowerBound)
    #expect(!text.contains("+47.0"))
    // Turned upright, in the pictures themselves.
    let size = try Tool.run(
      "ffprobe",
      ["-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of", "csv=p=0", proxy])
    #expect(String(decoding: size, as: UTF8.self).split(separator: "\n").contains("96,192"))
  }
}
