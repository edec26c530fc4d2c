import MediaJobs
import Core
import Images
import MediaTypes
import ObjectStore
import Previews
import Storyboards
import Synchronization
import TestStores
import Testing

@Suite("Storyboards of strips")
struct StripTests {
  private static let strip = "/0.tiles"

  private func read(_ fixture: MakerFixture) -> @Sendable () -> [String] {
    let keys = Mutex<[String]>([])
    fixture.store.before { operation, key in if operation == .get { keys.withLock { $0.append(key) } } }
    return { keys.withLock { $0 } }
  }

  @Test("tiles come from the clip's strip; of the stills only the poster is read")
  func reads() async throws {
    let fixture = MakerFixture(StoryboardSettings(tileWidth: 16, columns: 3))
    try await fixture.processed("one", stills: 90, withStrip: true)
    let keys = read(fixture)
    #expect(try await fixture.make().status == .made)
    #expect(keys().count { $0.hasSuffix(".jpg") } == 1)
    #expect(keys().count { $0.hasSuffix(Self.strip) } == 1)
  }

  @Test("a strip gives the sheets that the stills would give")
  func sameSheets() async throws {
    let (strips, stills) = (MakerFixture(Self.settings), MakerFixture(Self.settings))
    try await strips.processed("one", stills: 12, withStrip: true)
    try await stills.processed("one", stills: 12)
    #expect(try await strips.make().status == .made)
    #expect(try await stills.make().status == .made)
    let (made, expected) = (try await sheet(strips), try await sheet(stills))
    #expect((made.width, made.height) == (expected.width, expected.height))
    let sum = zip(made.bytes, expected.bytes).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
    // Stripes with hard edges, encoded twice; a still is made small by its decoder, which is sharper than a mean of areas.
    #expect(Double(sum) / Double(made.bytes.count) < 3)
    #expect(try await strips.manifest()?.storyboard?.posterTime == stills.manifest()?.storyboard?.posterTime)
  }

  private static let settings = StoryboardSettings(tileWidth: 32, columns: 3)

  private func sheet(_ fixture: MakerFixture) async throws -> RGBImage {
    let bytes = try await fixture.store.get("talks/keynote/storyboard/sheet-0.jpg", in: "gifs").bytes
    return try JPEGDecoder().read(bytes, atLeast: 1 << 14, 1 << 14)
  }

  @Test("a tile larger than its source is not enlarged beyond the still")
  func sizes() async throws {
    let fixture = MakerFixture(StoryboardSettings(tileWidth: 64))
    try await fixture.processed("one", stills: 3, withStrip: true)
    #expect(try await fixture.make().status == .made)
    let record = try #require(try await fixture.manifest()?.storyboard)
    #expect((record.tileWidth, record.tileHeight) == (64, 36))
  }

  @Test("if a strip is gone or another one its stills take its place")
  func lost() async throws {
    let expected = MakerFixture(Self.settings)
    try await expected.processed("one", stills: 12)
    #expect(try await expected.make().status == .made)
    for wrong in [{ _ in nil }, { [UInt8](repeating: 7, count: $0.count) }, { $0.dropLast() }]
      as [@Sendable ([UInt8]) -> [UInt8]?]
    {
      let fixture = MakerFixture(Self.settings)
      let job = try await fixture.processed("one", stills: 12, withStrip: true)
      let key = job.names.strip(version: job.version.description, start: 0)
      let bytes = try await fixture.store.get(key, in: "gifs").bytes
      try await fixture.store.delete([key], in: "gifs")
      if let bytes = wrong(bytes) { _ = try await fixture.store.put(bytes, as: key, in: "gifs") }
      #expect(try await fixture.make().status == .made)
      #expect(try await sheet(fixture) == sheet(expected))
    }
  }

  @Test("the strip of a replaced version goes with its records")
  func replaced() async throws {
    let fixture = MakerFixture()
    let old = try await fixture.processed("longer", stills: 12, withStrip: true)
    _ = try await fixture.make()
    let new = try await fixture.processed("short", stills: 3, withStrip: true)
    let keys = try await fixture.store.listAll(bucket: "gifs", prefix: new.names.recordsPrefix).map(\.key)
    #expect(keys.contains(new.names.strip(version: new.version.description, start: 0)))
    #expect(!keys.contains { $0.contains(old.version.description) })
  }

  @Test("a longer interval takes the tiles of its seconds; clips without a strip are read by their stills")
  func plan() throws {
    let names = try OutputKeys(sourceKey: "talks/keynote.mp4")
    var manifest = try JSON.decode(
      Manifest.self,
      from: Array(
        """
        {"status": "complete", "source": {"bucket": "b", "key": "talks/keynote.mp4", "etag": "e", "size": 1},
         "version": "v", "settings": "s", "snippetSize": 10, "frames": 0, "clips": [], "completedBy": "", "createdAt": 0}
        """.utf8))
    manifest.clips = [(0, 100), (10, nil), (20, 300)].map { start, bytes in
      ClipRecord(
        start: start, end: start + 9, gif: "", gifBytes: 0, gifFrames: 0, frameBytes: Array(repeating: 1, count: 10),
        stripBytes: bytes, timings: .init(startedAt: 0, finishedAt: 0))
    }
    let plan = try #require(StoryboardPlan(manifest, names: names, interval: 4))
    #expect(
      plan.strips == [
        .init(key: "talks/keynote/.clips/v/0.tiles", bytes: 100),
        .init(key: "talks/keynote/.clips/v/20.tiles", bytes: 300),
      ])
    #expect(
      plan.parts.map { $0.map { [$0.strip, $0.number] } } == [
        [0, 1], [0, 5], [0, 9], nil, nil, [1, 1], [1, 5], [1, 9],
      ])
  }
}
