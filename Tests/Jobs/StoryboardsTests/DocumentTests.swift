import MediaTypes
import Previews
import Core
import Storyboards
import Testing

@Suite("Storyboard documents")
struct DocumentTests {
  /// A manifest with clips of those numbers of stills, 30 seconds apart.
  private static func plan(_ frames: [Int], duration: Double?, interval: Int = 1) throws -> StoryboardPlan {
    try #require(
      StoryboardPlan(
        manifest(frames, duration: duration), names: try OutputKeys(sourceKey: "talks/keynote.mp4"), interval: interval
      ))
  }

  private static func manifest(_ frames: [Int], duration: Double?) throws -> Manifest {
    let clips = frames.enumerated().map { index, count in
      ClipRecord(
        start: 30 * index, end: 30 * index + 29, gif: "", gifBytes: 0, gifFrames: 0,
        frameBytes: (0..<count).map { 1000 * index + $0 }, timings: .init(startedAt: 0, finishedAt: 0))
    }
    let text = """
      {"status": "complete", "source": {"bucket": "b", "key": "talks/keynote.mp4", "etag": "e", "size": 1},
       "version": "v", "settings": "s", "snippetSize": 30, "frames": 0, "clips": [], "completedBy": "", "createdAt": 0}
      """
    var manifest = try JSON.decode(Manifest.self, from: Array(text.utf8))
    manifest.clips = clips
    manifest.duration = duration
    return manifest
  }

  private static let overview = StoryboardRecord.Overview(
    key: "talks/keynote/storyboard/overview.jpg", bytes: 1, tiles: 37, interval: 1, tileWidth: 80, tileHeight: 45,
    columns: 10, rows: 4)

  private static func layout(_ plan: StoryboardPlan, columns: Int = 5) -> SheetLayout {
    SheetLayout(
      StoryboardSettings(columns: columns), tiles: plan.stills.count, stillWidth: 1280, stillHeight: 720)
  }

  @Test("each second has its still")
  func everySecond() throws {
    let plan = try Self.plan([30, 30, 5], duration: 64.5)
    #expect(plan.stills.count == 65)
    #expect(plan.stills[0].key == "talks/keynote/keynote-0-frame-1.jpg")
    #expect(plan.stills[29] == .init(key: "talks/keynote/keynote-0-frame-30.jpg", bytes: 29))
    #expect(plan.stills[30] == .init(key: "talks/keynote/keynote-30-frame-1.jpg", bytes: 1000))
    #expect(plan.stills[64].key == "talks/keynote/keynote-60-frame-5.jpg")
    #expect(plan.end(ofTile: 63) == 64 && plan.end(ofTile: 64) == 64.5)
  }

  @Test("a longer interval takes every so-manieth second")
  func interval() throws {
    let plan = try Self.plan([30, 30, 5], duration: 64.5, interval: 7)
    #expect(plan.stills.count == 10)
    #expect(plan.stills[4].key == "talks/keynote/keynote-0-frame-29.jpg")
    #expect(plan.stills[5].key == "talks/keynote/keynote-30-frame-6.jpg")
    #expect(plan.time(ofTile: 9) == 63 && plan.end(ofTile: 9) == 64.5)
    #expect(try Self.plan([5], duration: 4.2, interval: 3600).stills.count == 1)
  }

  @Test("a manifest without stills has no storyboard, and one without a duration ends with its last second")
  func without() throws {
    #expect(
      StoryboardPlan(try Self.manifest([0], duration: 3), names: try OutputKeys(sourceKey: "a.mp4"), interval: 1)
        == nil)
    #expect(try Self.plan([3], duration: nil).duration == 3)
    // A duration that cannot be: times still do not go backwards.
    #expect(try Self.plan([3], duration: 1).end(ofTile: 2) == 2.001)
  }

  @Test("the track of thumbnails")
  func track() throws {
    let plan = try Self.plan([3], duration: 2.04)
    #expect(
      ThumbnailTrack.text(plan, Self.layout(plan, columns: 2)) == """
        WEBVTT

        00:00:00.000 --> 00:00:01.000
        sheet-0.jpg#xywh=0,0,320,180

        00:00:01.000 --> 00:00:02.000
        sheet-0.jpg#xywh=320,0,320,180

        00:00:02.000 --> 00:00:02.040
        sheet-0.jpg#xywh=0,180,320,180

        """)
  }

  @Test("times have hours of any size")
  func timestamps() {
    #expect(ThumbnailTrack.timestamp(0) == "00:00:00.000")
    #expect(ThumbnailTrack.timestamp(59.9996) == "00:01:00.000")
    #expect(ThumbnailTrack.timestamp(3661.25) == "01:01:01.250")
    #expect(ThumbnailTrack.timestamp(360_000) == "100:00:00.000")
  }

  @Test("the image media playlist")
  func playlist() throws {
    let plan = try Self.plan([30, 7], duration: 36.5)
    #expect(
      ImagePlaylist.text(plan, Self.layout(plan)) == """
        #EXTM3U
        #EXT-X-VERSION:7
        #EXT-X-TARGETDURATION:25
        #EXT-X-MEDIA-SEQUENCE:0
        #EXT-X-PLAYLIST-TYPE:VOD
        #EXT-X-IMAGES-ONLY
        #EXTINF:25.000,
        #EXT-X-TILES:RESOLUTION=320x180,LAYOUT=5x5,DURATION=1.000
        sheet-0.jpg
        #EXTINF:11.500,
        #EXT-X-TILES:RESOLUTION=320x180,LAYOUT=5x5,DURATION=1.000
        sheet-1.jpg
        #EXT-X-ENDLIST

        """)
  }

  @Test("the description for programs says the same")
  func description() throws {
    let plan = try Self.plan([30, 7], duration: 36.5)
    let value = StoryboardDescription(
      plan, Self.layout(plan), overview: Self.overview, poster: .init(url: "poster.jpg", time: 3))
    let json = try JSON.decode(JSONValue.self, from: try JSON.encode(value))
    #expect(json["tile_width"] == .integer(320) && json["tile_height"] == .integer(180))
    #expect(json["duration"] == .number(36.5) && json["interval"] == .integer(1))
    #expect(json["poster"] == .object(["url": .string("poster.jpg"), "time": .integer(3)]))
    #expect(json["overview"]?["url"]?.stringValue == "overview.jpg" && json["overview"]?["tiles"] == .integer(37))
    let sheets = try #require(json["sheets"]?.arrayValue)
    #expect(sheets.compactMap { $0["url"]?.stringValue } == ["sheet-0.jpg", "sheet-1.jpg"])
    #expect(sheets.compactMap { $0["start"]?.intValue } == [0, 25])
    #expect(sheets.compactMap { $0["tiles"]?.arrayValue?.count } == [25, 12])
    let tile: JSONValue = .object(["start": .integer(36), "x": .integer(320), "y": .integer(360)])
    #expect(sheets[1]["tiles"]?.arrayValue?[11] == tile)
  }

  @Test("the event is read as it comes over the bus or as written by hand")
  func events() throws {
    func read(_ text: String) throws -> ProcessedEvent { try ProcessedEvent(json: JSON.decode(from: Array(text.utf8))) }
    #expect(
      try read(#"{"source": "custom.gifGenerator", "detail": {"key": "a.mp4", "version": "v", "clips": 3}}"#)
        == ProcessedEvent(key: "a.mp4", version: "v"))
    #expect(try read(#"{"Key": "a.mp4"}"#) == ProcessedEvent(key: "a.mp4"))
    for text in ["3", "{}", #"{"detail": {"key": ""}}"#, #"{"key": 3}"#] {
      #expect(throws: ProcessedEvent.Invalid.self) { try read(text) }
    }
  }
}
