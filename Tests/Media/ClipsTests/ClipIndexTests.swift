import MediaTools
import ClipIndexing
import Clips
import MediaTypes
import Core
import Synchronization
import Testing

/// A file that remembers what was read of it.
private final class WatchedFile: ByteSource {
  private let file: FileByteSource
  private let ranges = Mutex<[Range<Int64>]>([])
  private let limits = Mutex<[Int64]>([])

  init(_ path: String) throws { file = try FileByteSource(path: path) }

  var size: Int64 { file.size }

  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = try file.read(at: offset, into: buffer)
    ranges.withLock { $0.append(offset..<(offset + Int64(count))) }
    return count
  }

  func limitReadAhead(to offset: Int64) { limits.withLock { $0.append(offset) } }

  func close() { file.close() }

  /// Where reading ahead was to stop.
  var readAheadLimits: [Int64] { limits.withLock { $0 } }

  var bytesRead: Int64 { ranges.withLock { $0.reduce(0) { $0 + Int64($1.count) } } }

  /// Whether anything was read of that part.
  func hasRead(of range: Range<Int64>) -> Bool { ranges.withLock { $0.contains { $0.overlaps(range) } } }
}

struct IndexedCase: Sendable, CustomTestStringConvertible {
  var name: String
  var file = "a.mp4"
  var input: [String] = []
  var arguments: [String]
  /// A second pass that copies the pictures.
  var remux: [String]?
  /// By a quarter, in the track header.
  var isTurned = false
  var testDescription: String { name }

  private static let h264 = CodedCase.x264 + ["-preset", "medium"]
  private static let sound = ["-f", "lavfi", "-i", "sine=frequency=300:duration=12"]

  static let all: [IndexedCase] = [
    IndexedCase(name: "B-frames, index at the end", arguments: h264 + ["-g", "40"]),
    IndexedCase(
      name: "with sound, index first", input: sound,
      arguments: h264 + ["-g", "40", "-c:a", "aac", "-movflags", "+faststart"]),
    IndexedCase(name: "with sound, index at the end", input: sound, arguments: h264 + ["-g", "90", "-c:a", "aac"]),
    IndexedCase(name: "no B-frames", arguments: h264 + ["-g", "50", "-bf", "0"]),
    IndexedCase(name: "groups of three pictures", arguments: h264 + ["-g", "3"]),
    IndexedCase(name: "one group", arguments: h264 + ["-g", "1000", "-sc_threshold", "0"]),
    IndexedCase(
      name: "open groups", arguments: h264 + ["-x264-params", "open-gop=1:keyint=15:bframes=3:b-adapt=0"]),
    IndexedCase(name: "late start", arguments: h264 + ["-g", "30", "-output_ts_offset", "1.5"]),
    IndexedCase(
      name: "hidden beginning", arguments: h264 + ["-g", "30"], remux: ["-ss", "0.7"]),
    IndexedCase(
      name: "variable rate",
      arguments: [
        "-vf", "settb=1/90000,setpts='(N+0.45*sin(N*2.3)+if(gt(N,120),40,0))/25/TB'", "-fps_mode", "passthrough",
        "-enc_time_base", "1:90000", "-video_track_timescale", "90000",
      ] + h264 + ["-g", "25"]),
    IndexedCase(
      name: "turned, QuickTime, odd time scale", file: "a.mov", arguments: h264 + ["-g", "35"],
      remux: ["-video_track_timescale", "1717"], isTurned: true),
    IndexedCase(
      name: "negative composition offsets", arguments: h264 + ["-g", "30", "-movflags", "+negative_cts_offsets"]),
    IndexedCase(
      name: "HEVC",
      arguments: [
        "-pix_fmt", "yuv420p", "-c:v", "libx265", "-preset", "fast", "-x265-params",
        "log-level=none:keyint=25:open-gop=0",
      ]),
    IndexedCase(
      name: "ProRes", file: "a.mov", arguments: ["-pix_fmt", "yuv422p10le", "-c:v", "prores_ks"]),
  ]

  func make(in scratch: Scratch) throws -> String {
    let path = try CodedVideo.make(
      remux == nil ? file : "first-\(file)", in: scratch, frames: 300, input: input, arguments)
    guard let remux else { return path }
    let seek = remux.first == "-ss" ? Array(remux.prefix(2)) : []
    try Tool.ffmpeg(seek + ["-i", path] + ["-c", "copy"] + remux.dropFirst(seek.count) + [scratch.path(file)])
    if isTurned { try MovieMatrix.set(MovieMatrix.quarterTurn, in: scratch.path(file)) }
    return scratch.path(file)
  }
}

@Suite("Clips rendered without the video's own index")
struct ClipIndexTests {
  @Test("look the same, byte for byte, and do not read it", arguments: IndexedCase.all)
  func sameOutputs(_ video: IndexedCase) throws {
    let scratch = try Scratch()
    let path = try video.make(in: scratch)
    let (facts, found) = try VideoProbe.survey(FileByteSource(path: path), leastIndexBytes: 0)
    let indexer = try #require(found)
    let index = try #require(try Self.index(of: path))
    for (start, mode) in [(3, RenderMode.exact), (6, .exact), (6, .keyframes), (9, .exact), (9, .keyframes)] {
      let request = ClipRequest(start: start, end: min(Double(start + 3), facts.length), mode: mode)
      let header = try #require(indexer.header(start: request.start, end: request.end))
      #expect(ClipHeader(encoded: header.encoded) == header)
      let source = try WatchedFile(path)
      let (plain, indexed) = (CollectingSink(), CollectingSink())
      let expected = try ClipRenderer.render(FileByteSource(path: path), request, to: plain)
      let result = try ClipRenderer.render(source, request, header: header, to: indexed)
      #expect(indexed.gifs == plain.gifs && !plain.gifs.isEmpty, "the GIF at \(start) s")
      #expect(indexed.stills == plain.stills && plain.stills.count == result.stills, "the stills at \(start) s")
      #expect(result.stillTimes == expected.stillTimes)
      #expect(!source.hasRead(of: index), "the clip at \(start) s")
    }
  }

  @Test("read little more than their own part of the file")
  func bytesRead() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make(
      "a.mp4", in: scratch, frames: 3000, width: 80, height: 48, input: ["-f", "lavfi", "-i", "sine=duration=120"],
      CodedCase.x264 + ["-g", "50", "-c:a", "aac", "-movflags", "+faststart"])
    let (facts, found) = try VideoProbe.survey(FileByteSource(path: path), leastIndexBytes: 0)
    let indexer = try #require(found)
    var bytes: Int64 = 0
    var size: Int64 = 0
    for start in stride(from: 0, to: Int(facts.length), by: 10) {
      let request = ClipRequest(start: start, end: min(Double(start + 10), facts.length), stills: nil)
      let source = try WatchedFile(path)
      let header = indexer.header(start: start, end: request.end)
      #expect((header == nil) == (start == 0))
      _ = try ClipRenderer.render(source, request, header: header, to: CollectingSink())
      bytes += source.bytesRead
      size = source.size
    }
    #expect(Double(bytes) <= 1.15 * Double(size), "\(bytes) of \(size)")
  }

  @Test("a clip that is read with the file's own index tells where its part of the file ends", arguments: [2, 4])
  func toldEnd(end: Int) throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make(
      "a.mp4", in: scratch, frames: 200, CodedCase.x264 + ["-g", "25", "-movflags", "+faststart"])
    let source = try WatchedFile(path)
    _ = try ClipRenderer.render(source, ClipRequest(start: end - 1, end: Double(end)), to: CollectingSink())
    let limit = try #require(source.readAheadLimits.last)
    let places = try Tool.run(
      "ffprobe", ["-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pos", "-of", "csv=p=0", path])
    let positions = String(decoding: places, as: UTF8.self).split(whereSeparator: { !$0.isNumber }).compactMap {
      Int64($0)
    }
    #expect(positions.count == 200)
    #expect(positions[end * 25 - 1] < limit && limit <= positions[end * 25 + 25])
  }

  @Test(
    "what is not understood has none",
    arguments: [
      ("a.mp4", CodedCase.x264 + ["-g", "20", "-movflags", "frag_keyframe+empty_moov"]),
      ("a.mkv", CodedCase.x264 + ["-g", "20"]),
    ])
  func notUnderstood(file: String, arguments: [String]) throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make(file, in: scratch, arguments)
    #expect(try VideoProbe.survey(FileByteSource(path: path), leastIndexBytes: 0).headers == nil)
  }

  @Test("a small index is not worth it")
  func small() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, CodedCase.x264)
    #expect(try VideoProbe.survey(FileByteSource(path: path)).headers == nil)
  }

  @Test("a header of another clip, of another file, or one that is damaged does no harm")
  func wrongHeaders() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, frames: 250, CodedCase.x264 + ["-g", "30"])
    let other = try CodedVideo.make("b.mp4", in: scratch, frames: 260, CodedCase.x264 + ["-g", "30"])
    let request = ClipRequest(start: 4, end: 7)
    func header(_ path: String, _ start: Int) throws -> ClipHeader {
      let indexer = try #require(try VideoProbe.survey(FileByteSource(path: path), leastIndexBytes: 0).headers)
      return try #require(indexer.header(start: start, end: Double(start + 3)))
    }
    let plain = CollectingSink()
    _ = try ClipRenderer.render(FileByteSource(path: path), request, to: plain)
    let right = try header(path, 4).encoded
    var wrong = [try header(path, 5), try header(other, 4)]
    // Every box that the demuxer needs in turn.
    for type in ["moov", "trak", "mdia", "stbl", "stsd", "stsz"] {
      let place = try #require(right.indices.first { right[$0...].starts(with: type.utf8) })
      var damaged = right
      damaged.replaceSubrange(place..<(place + 4), with: "????".utf8)
      wrong.append(try #require(ClipHeader(encoded: damaged)))
    }
    for header in wrong {
      let sink = CollectingSink()
      _ = try ClipRenderer.render(FileByteSource(path: path), request, header: header, to: sink)
      #expect(sink.gifs == plain.gifs && sink.stills == plain.stills)
    }
  }

  @Test("what does not read as a header is none")
  func unreadable() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make("a.mp4", in: scratch, CodedCase.x264 + ["-g", "30"])
    let indexer = try #require(try VideoProbe.survey(FileByteSource(path: path), leastIndexBytes: 0).headers)
    let bytes = try #require(indexer.header(start: 2, end: 3)).encoded
    for count in 0..<bytes.count where count < 200 || count > bytes.count - 20 {
      #expect(ClipHeader(encoded: Array(bytes[..<count])) == nil)
    }
    #expect(ClipHeader(encoded: bytes + [0]) == nil)
    for place in [40, 44, 47, 48, 56] {
      var damaged = bytes
      damaged[place] ^= 0xff
      #expect(ClipHeader(encoded: damaged) == nil, "byte \(place)")
    }
  }

  /// Where the `moov` box lies.
  private static func index(of path: String) throws -> Range<Int64>? {
    let file = try FileByteSource(path: path)
    var offset: Int64 = 0
    while offset < file.size {
      var head = [UInt8](repeating: 0, count: 16)
      _ = try head.withUnsafeMutableBytes { try file.read(at: offset, into: $0) }
      var size = head[..<4].reduce(Int64(0)) { $0 << 8 | Int64($1) }
      if size == 1 { size = head[8...].reduce(Int64(0)) { $0 << 8 | Int64($1) } }
      if head[4..<8].elementsEqual("moov".utf8) { return offset..<(offset + size) }
      offset += max(8, size)
    }
    return nil
  }
}
