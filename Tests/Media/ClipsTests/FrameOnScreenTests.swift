import MediaTools
import Clips
import Foundation
import MediaTypes
import Core
import Testing

/// One kind of video for which every picture of GIF and stills must be the one on screen.
struct CodedCase: Sendable, CustomTestStringConvertible {
  var name: String
  var file: String
  var rate = "25"
  var size = (160, 96)
  var input: [String] = []
  var arguments: [String]
  var testDescription: String { name }

  static let x264 = ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-crf", "18"]

  static let all: [CodedCase] = [
    CodedCase(
      name: "H.264 with B-frames, constant rate", file: "a.mp4", arguments: x264 + ["-preset", "medium", "-g", "30"]),
    CodedCase(
      name: "H.264 with B-frames, much larger than its GIF", file: "a.mp4", size: (768, 432),
      arguments: x264 + ["-preset", "medium", "-g", "30"]),
    CodedCase(name: "H.264 29.97", file: "a.mp4", rate: "30000/1001", arguments: x264 + ["-preset", "medium"]),
    CodedCase(
      name: "H.264 60 per second", file: "a.mov", rate: "60", arguments: x264 + ["-preset", "medium", "-g", "40"]),
    CodedCase(name: "H.264 5 per second", file: "a.mp4", rate: "5", arguments: x264 + ["-g", "7"]),
    CodedCase(
      name: "variable rate in Matroska", file: "a.mkv",
      arguments: [
        "-vf", "setpts='(N+0.45*sin(N*1.7)+if(gt(N,40),13,0)+if(gt(N,70),31,0))/25/TB'", "-fps_mode", "passthrough",
      ]
        + x264 + ["-g", "20"]),
    CodedCase(
      name: "variable rate in MP4 with B-frames", file: "a.mp4",
      arguments: [
        "-vf", "settb=1/90000,setpts='(N+0.45*sin(N*2.3)+if(gt(N,55),40,0))/25/TB'", "-fps_mode", "passthrough",
        "-enc_time_base", "1:90000", "-video_track_timescale", "90000",
      ] + x264 + ["-preset", "medium", "-g", "25"]),
    CodedCase(
      name: "open groups in MP4", file: "a.mp4",
      arguments: x264 + ["-x264-params", "open-gop=1:keyint=15:bframes=3:b-adapt=0"]),
    CodedCase(
      name: "open groups in a transport stream", file: "a.ts",
      arguments: x264 + ["-x264-params", "open-gop=1:keyint=15:bframes=3:b-adapt=0"]),
    CodedCase(
      name: "gradual refresh in Matroska", file: "a.mkv",
      arguments: x264 + ["-x264-params", "intra-refresh=1:keyint=15:bframes=0"]),
    CodedCase(
      name: "gradual refresh with B-frames in MP4", file: "a.mp4", size: (640, 96),
      arguments: x264 + ["-x264-params", "intra-refresh=1:keyint=30"]),
    CodedCase(name: "transport stream", file: "a.ts", arguments: x264 + ["-preset", "medium", "-g", "30"]),
    CodedCase(
      name: "start far from zero", file: "a.ts", arguments: x264 + ["-g", "30", "-output_ts_offset", "4000"]),
    CodedCase(
      name: "start in the middle in Matroska", file: "a.mkv",
      arguments: x264 + ["-g", "30", "-output_ts_offset", "7.3"]),
    CodedCase(
      name: "fragmented MP4", file: "a.mp4", arguments: x264 + ["-g", "20", "-movflags", "frag_keyframe+empty_moov"]),
    CodedCase(name: "FLV", file: "a.flv", arguments: x264 + ["-preset", "medium", "-g", "20"]),
    CodedCase(name: "H.264 with B-frames in AVI", file: "a.avi", arguments: x264 + ["-preset", "medium", "-g", "20"]),
    CodedCase(name: "elementary stream", file: "a.h264", arguments: x264 + ["-preset", "medium", "-g", "20"]),
    CodedCase(
      name: "HEVC", file: "a.mp4",
      arguments: [
        "-pix_fmt", "yuv420p", "-c:v", "libx265", "-preset", "fast", "-x265-params", "log-level=none:keyint=25",
      ]),
    CodedCase(
      name: "HEVC with temporal layers", file: "a.mkv",
      arguments: [
        "-pix_fmt", "yuv420p", "-c:v", "libx265", "-preset", "fast", "-x265-params",
        "log-level=none:keyint=25:temporal-layers=1",
      ]),
    CodedCase(
      name: "HEVC with open groups in a transport stream", file: "a.ts",
      arguments: [
        "-pix_fmt", "yuv420p", "-c:v", "libx265", "-preset", "fast", "-x265-params",
        "log-level=none:keyint=25:open-gop=1",
      ]),
    CodedCase(
      name: "10 bits", file: "a.mp4",
      arguments: ["-pix_fmt", "yuv420p10le", "-c:v", "libx264", "-preset", "veryfast", "-g", "30"]),
    CodedCase(
      name: "4:2:2", file: "a.mp4",
      arguments: ["-pix_fmt", "yuv422p", "-c:v", "libx264", "-preset", "veryfast", "-g", "30"]),
    CodedCase(
      name: "4:4:4 with odd sizes", file: "a.mp4", size: (161, 97),
      arguments: ["-pix_fmt", "yuv444p", "-c:v", "libx264", "-preset", "veryfast", "-g", "30"]),
    CodedCase(
      name: "VP8", file: "a.webm",
      arguments: [
        "-pix_fmt", "yuv420p", "-c:v", "libvpx", "-b:v", "1M", "-deadline", "realtime", "-g", "40", "-auto-alt-ref",
        "1",
        "-lag-in-frames", "10",
      ]),
    CodedCase(
      name: "VP9 with odd sizes", file: "a.webm", size: (163, 99),
      arguments: [
        "-pix_fmt", "yuv420p", "-c:v", "libvpx-vp9", "-b:v", "1M", "-deadline", "realtime", "-cpu-used", "8", "-g",
        "40",
      ]),
    CodedCase(
      name: "AV1", file: "a.mp4",
      arguments: ["-pix_fmt", "yuv420p", "-c:v", "libsvtav1", "-preset", "12", "-g", "40"]),
    CodedCase(
      name: "MPEG-4 part 2 with B-frames in AVI", file: "a.avi",
      arguments: ["-pix_fmt", "yuv420p", "-c:v", "mpeg4", "-q:v", "3", "-bf", "2", "-g", "25"]),
    CodedCase(
      name: "MPEG-2 program stream", file: "a.mpg",
      arguments: ["-pix_fmt", "yuv420p", "-c:v", "mpeg2video", "-q:v", "3", "-bf", "2", "-g", "15"]),
    CodedCase(name: "ProRes", file: "a.mov", arguments: ["-pix_fmt", "yuv422p10le", "-c:v", "prores_ks"]),
    CodedCase(name: "Motion JPEG", file: "a.avi", arguments: ["-pix_fmt", "yuvj422p", "-c:v", "mjpeg", "-q:v", "3"]),
    CodedCase(name: "palette", file: "a.gif", arguments: []),
    CodedCase(name: "RGB", file: "a.mov", arguments: ["-pix_fmt", "rgb24", "-c:v", "qtrle"]),
    CodedCase(name: "gray", file: "a.mkv", arguments: ["-pix_fmt", "gray", "-c:v", "ffv1"]),
  ]
}

@Suite("The picture on screen")
struct FrameOnScreenTests {
  @Test("every picture of GIF and stills is the one on screen", arguments: CodedCase.all)
  func everyPicture(_ coded: CodedCase) throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make(
      coded.file, in: scratch, frames: coded.rate == "60" ? 240 : 100, width: coded.size.0, height: coded.size.1,
      rate: coded.rate,
      input: coded.input, coded.arguments)
    try check(path, width: coded.size.0, height: coded.size.1)
  }
}

/// Renders the video from 0 and from 2 s, and compares every picture with a full decode.
func check(_ path: String, width: Int, height: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
  let oracle = try Oracle(path, width: width, height: height)
  let facts = try VideoProbe.probe(FileByteSource(path: path))
  #expect(facts.width == width && facts.height == height, sourceLocation: sourceLocation)
  #expect(abs(facts.lastFrameTime - oracle.pictures.last!.time) < 0.002, sourceLocation: sourceLocation)
  for start in [0, 2] {
    let end = min(Double(start) + 3, facts.length)
    let clip = try RenderedClip(path, ClipRequest(start: start, end: end))
    let gif = try clip.gifBits()
    #expect(gif.count == Int(((end - Double(start)) * 10 - 1e-6).rounded(.up)), sourceLocation: sourceLocation)
    for (number, bits) in gif.enumerated() {
      #expect(
        bits == oracle.bits(at: Double(start) + Double(number) / 10), "GIF frame \(number) from \(start) s",
        sourceLocation: sourceLocation)
    }
    let stills = try clip.stillBits()
    #expect(stills.count == Int((end - Double(start) - 1e-6).rounded(.up)), sourceLocation: sourceLocation)
    for (number, bits) in stills.enumerated() {
      #expect(
        bits == oracle.bits(at: Double(start + number)), "still \(number + 1) from \(start) s",
        sourceLocation: sourceLocation)
    }
  }
}
