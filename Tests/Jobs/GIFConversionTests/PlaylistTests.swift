import Conversions
import FoundationEssentials
import GIFConversion
import Testing

@Suite("Playlists")
struct PlaylistTests {
  private static let master = """
    #EXTM3U
    #EXT-X-VERSION:6
    #EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=100,URI="i.m3u8",CODECS="avc1.640020",RESOLUTION=100x100
    #EXT-X-STREAM-INF:BANDWIDTH=900,CODECS="hvc1.2.4.L63",RESOLUTION=200x200,FRAME-RATE=29.970
    small-hevc.m3u8
    #EXT-X-STREAM-INF:BANDWIDTH=1000,CODECS="avc1.640020,mp4a.40.2",RESOLUTION=200x200,FRAME-RATE=29.970
    small.m3u8
    #EXT-X-STREAM-INF:BANDWIDTH=5000,CODECS="avc1.640020",RESOLUTION=1080x1080,FRAME-RATE=60
    large.m3u8
    #EXT-X-STREAM-INF:BANDWIDTH=50,CODECS="mp4a.40.2"
    audio.m3u8
    #EXT-X-STREAM-INF:BANDWIDTH=60,CODECS="vp09.00",RESOLUTION=80x80
    vp9.m3u8
    """

  private func media(_ lines: String) throws -> [Playlist.Segment] {
    guard case .media(let segments) = try Playlist(Array(("#EXTM3U\n" + lines).utf8)) else { return [] }
    return segments
  }

  @Test("the smallest sufficient H.264 or HEVC variant is taken")
  func choice() throws {
    guard case .master(let variants) = try Playlist(Array(Self.master.utf8)) else {
      Issue.record("not a master playlist")
      return
    }
    #expect(variants.count == 5)
    func uri(_ size: Int, _ rate: Int) -> String? {
      VariantChoice.choose(variants, size: size, frameRate: rate)?.uri
    }
    #expect(uri(80, 24) == "small.m3u8")
    #expect(uri(200, 30) == "small.m3u8")
    #expect(uri(201, 24) == "large.m3u8")
    #expect(uri(2000, 24) == "large.m3u8")
    #expect(VariantChoice.choose([], size: 80, frameRate: 24) == nil)
    #expect(VariantChoice.choose(Array(variants[3...]), size: 80, frameRate: 24) == nil)
  }

  @Test("byte ranges go on where the one before ended; a map begins a new run")
  func ranges() throws {
    let segments = try media(
      """
      #EXT-X-MAP:URI="init.mp4",BYTERANGE="100@0"
      #EXTINF:4.0,
      #EXT-X-BYTERANGE:500@100
      all.mp4
      #EXTINF:4.0,title, with a comma
      #EXT-X-BYTERANGE:600
      all.mp4\r
      #EXT-X-DISCONTINUITY
      #EXTINF:2.5
      other.mp4
      """)
    #expect(segments.map(\.range) == [100..<600, 600..<1200, nil])
    #expect(segments.map(\.isDiscontinuous) == [false, false, true])
    #expect(segments[0].map == Playlist.Map(uri: "init.mp4", range: 0..<100))
    let runs = StreamRun.runs(of: segments, from: 0)
    #expect(runs.map(\.begin) == [0, 8] && runs.map(\.segments.count) == [2, 1])
    #expect(StreamRun.runs(of: segments, from: 5).map(\.begin) == [4, 8])
    #expect(StreamRun.runs(of: segments, from: 50).map(\.begin) == [8])
  }

  @Test(
    "what is no playlist, or cannot be played, is refused",
    arguments: [
      ("", PlaylistError.Kind.malformed), ("hello", .malformed), ("#EXTM3U", .malformed),
      ("#EXTM3U\nsegment.ts", .malformed), ("#EXTM3U\n#EXTINF:x,\na.ts", .malformed),
      ("#EXTM3U\n#EXTINF:-1,\na.ts", .malformed), ("#EXTM3U\n#EXTINF:nan,\na.ts", .malformed),
      ("#EXTM3U\n#EXT-X-BYTERANGE:5\n#EXTINF:1,\na.ts", .malformed),
      ("#EXTM3U\n#EXT-X-BYTERANGE:-5@1\n#EXTINF:1,\na.ts", .malformed),
      ("#EXTM3U\n#EXT-X-BYTERANGE:99999999999999999999@1\n#EXTINF:1,\na.ts", .malformed),
      ("#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"https://a.example/k\"\n#EXTINF:1,\na.ts", .encrypted),
      ("#EXTM3U\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://x\"\n#EXTINF:1,\na.ts", .encrypted),
      ("#EXTM3U\n#EXT-X-MAP:X=\"y\"\n#EXTINF:1,\na.mp4", .malformed),
    ])
  func refused(text: String, kind: PlaylistError.Kind) {
    let error = #expect(throws: PlaylistError.self) { try Playlist(Array(text.utf8)) }
    #expect(error?.kind == kind)
  }

  @Test("METHOD=NONE, gaps, byte order marks and unknown tags are read over")
  func tolerated() throws {
    let text = "\u{feff}#EXTM3U\n#EXT-X-KEY:METHOD=NONE\n#EXT-X-FOO:1\n#EXT-X-GAP\n#EXTINF:1,\ng.ts\n#EXTINF:2,\na.ts\n"
    guard case .media(let segments) = try Playlist(Array(text.utf8)) else {
      Issue.record("not a media playlist")
      return
    }
    #expect(segments.map(\.uri) == ["a.ts"] && segments[0].isDiscontinuous)
  }

  @Test("a million entries are too many, and so is a line without end")
  func huge() {
    let many = "#EXTM3U\n" + String(repeating: "#EXTINF:1,\na\n", count: 100_000)
    #expect(throws: PlaylistError.self) { try Playlist(Array(many.utf8)) }
    let long = "#EXTM3U\n#" + String(repeating: "x", count: 100_000)
    #expect(throws: PlaylistError.self) { try Playlist(Array(long.utf8)) }
    let large = [UInt8](repeating: 0x0a, count: Playlist.maximumBytes + 1)
    #expect(throws: PlaylistError.self) { try Playlist(large) }
  }

  @Test("a playlist in a file is refused with the reason: its segments are elsewhere")
  func file() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).m3u8").path
    try Data(Self.master.utf8).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let error = #expect(throws: ConversionError.self) { try SourceParts(file: path) }
    #expect(error?.kind == .notAVideo && error?.message.contains("address") == true)
  }
}
