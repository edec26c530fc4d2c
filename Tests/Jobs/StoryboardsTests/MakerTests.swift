import MediaTypes
import ObjectStore
import MediaJobs
import Previews
import Core
import Images
import Storyboards
import Synchronization
import TestStores
import Testing

@Suite("Making a storyboard")
struct MakerTests {
  private static let documents: Set = [
    "thumbnails.vtt", "storyboard.json", "storyboard.m3u8", "poster.jpg", "overview.jpg",
  ]

  @Test("everything that the manifest names is there, with its sizes")
  func makes() async throws {
    let fixture = MakerFixture(StoryboardSettings(tileWidth: 32, columns: 3))
    try await fixture.processed("one", stills: 205)
    let outcome = try await fixture.make()
    #expect((outcome.status, outcome.sheets, outcome.tiles) == (.made, 9, 205))
    let record = try #require(try await fixture.manifest()?.storyboard)
    #expect(try await fixture.storyboard() == Self.documents.union((0..<9).map { "sheet-\($0).jpg" }))
    for object in record.objects {
      #expect(try await fixture.store.get(object.key, in: "gifs").bytes.count == object.bytes)
    }
    #expect((record.tileWidth, record.tileHeight, record.columns, record.rows) == (32, 18, 3, 8))
    // The poster is the still of its second, byte for byte.
    let still = try await fixture.store.get("talks/keynote/keynote-0-frame-\(record.posterTime + 1).jpg", in: "gifs")
    #expect(try await fixture.store.get(record.poster.key, in: "gifs").bytes == still.bytes)
  }

  @Test("a second event does nothing new")
  func twice() async throws {
    let fixture = MakerFixture()
    let job = try await fixture.processed("one", stills: 12)
    #expect(try await fixture.make(version: job.version.description).status == .made)
    let (manifest, written) = (try await fixture.manifest(), fixture.store.counts.written)
    #expect(try await fixture.make(version: job.version.description).status == .unchanged)
    #expect(fixture.store.counts.written == written)
    #expect(try await fixture.manifest()?.storyboard == manifest?.storyboard)
  }

  @Test("of many that are made at the same time one names it in the manifest")
  func racing() async throws {
    let fixture = MakerFixture()
    try await fixture.processed("one", stills: 12)
    let outcomes = try await withThrowingTaskGroup(of: StoryboardMaker.Status.self) { group in
      for _ in 0..<6 { group.addTask { try await fixture.make().status } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count { $0 == .made } == 1)
    #expect(outcomes.count { $0 == .unchanged } == 5)
  }

  @Test("a shorter version leaves no sheet of the longer one")
  func shorter() async throws {
    let fixture = MakerFixture(StoryboardSettings(tileWidth: 16, columns: 2))
    let old = try await fixture.processed("longer", stills: 240)
    _ = try await fixture.make()
    #expect(try await fixture.storyboard().count == 5 + 10)
    try await fixture.processed("short", stills: 5)
    // Until the new one is named, the older files stay, since the new ones may be among them by now.
    #expect(try await fixture.manifest()?.storyboard == nil)
    #expect(try await fixture.make().status == .made)
    #expect(try await fixture.storyboard() == Self.documents.union(["sheet-0.jpg"]))
    // A late event of the older one changes nothing.
    let written = fixture.store.counts.written
    #expect(try await fixture.make(version: old.version.description).status == .superseded)
    #expect(fixture.store.counts.written == written)
  }

  @Test("a version that gets no storyboard leaves nothing of an older one")
  func without() async throws {
    let fixture = MakerFixture()
    try await fixture.processed("one", stills: 12)
    _ = try await fixture.make()
    let job = try await fixture.processed("no stills", stills: 0)
    #expect(try await fixture.storyboard() == [])
    #expect(try await fixture.make(version: job.version.description).status == .ignored)
    #expect(try await fixture.storyboard() == [])
  }

  @Test("a failed job leaves nothing of an older storyboard")
  func failed() async throws {
    let fixture = MakerFixture()
    try await fixture.processed("one", stills: 12)
    _ = try await fixture.make()
    _ = try await fixture.store.put(Array("nonsense".utf8), as: MakerFixture.key, in: "videos")
    let job = try #require(try await fixture.services.currentJob(for: MakerFixture.key))
    try await fixture.services.completion.fail(job, reason: "not a video", requestID: "a")
    #expect(try await fixture.storyboard() == [])
    #expect(try await fixture.make().status == .ignored)
  }

  @Test("switched off, none is made")
  func off() async throws {
    let fixture = MakerFixture(nil)
    try await fixture.processed("one", stills: 3)
    #expect(try await fixture.make().status == .ignored)
    #expect(try await fixture.storyboard() == [])
    #expect(try await fixture.manifest()?.storyboard == nil)
  }

  @Test("a video replaced while its storyboard is made gets that of its newer version only")
  func replacedHalfWay() async throws {
    let fixture = MakerFixture(StoryboardSettings(tileWidth: 16, columns: 2))
    let old = try await fixture.processed("longer", stills: 240)
    let isDue = Mutex(true)
    fixture.store.before { operation, key in
      // The newer version is uploaded, rendered and has its storyboard before the second sheet is written.
      guard operation == .put, key.hasSuffix("/sheet-1.jpg") else { return }
      guard
        isDue.withLock({ due in
          defer { due = false }; return due
        })
      else { return }
      try await fixture.processed("short", stills: 5)
      #expect(try await fixture.make().status == .made)
    }
    #expect(try await fixture.make(version: old.version.description).status == .superseded)
    fixture.store.before(nil)
    #expect(try await fixture.storyboard() == Self.documents.union(["sheet-0.jpg"]))
    let record = try #require(try await fixture.manifest()?.storyboard)
    for object in record.objects {
      #expect(try await fixture.store.get(object.key, in: "gifs").bytes.count == object.bytes)
    }
  }

  @Test("a store that fails is an error worth another try, which makes the same")
  func failingStore() async throws {
    struct Outage: ClassifiedError {
      let code = "InternalError"
      let message = "out of order"
      let isRetryable = true
    }
    let fixture = MakerFixture(StoryboardSettings(tileWidth: 16, columns: 2))
    try await fixture.processed("one", stills: 150)
    let failing: [(operation: ObservedStore.Operation, suffix: String)] = [
      (.get, "-frame-77.jpg"), (.put, "sheet-1.jpg"), (.put, "poster.jpg"), (.put, "manifest.json"),
    ]
    for (operation, suffix) in failing {
      fixture.store.before { if $0 == operation, $1.hasSuffix(suffix) { throw Outage() } }
      await #expect(throws: Outage.self) { try await fixture.make() }
      #expect(try await fixture.manifest()?.storyboard == nil)
    }
    fixture.store.before(nil)
    #expect(try await fixture.make().status == .made)
  }

  @Test("the manifest never names what is not there")
  func lostMeanwhile() async throws {
    let fixture = MakerFixture()
    try await fixture.processed("one", stills: 12)
    fixture.store.before { operation, key in
      guard operation == .put, key.hasSuffix("/storyboard.m3u8") else { return }
      try await fixture.store.delete(["talks/keynote/storyboard/sheet-0.jpg"], in: "gifs")
    }
    await #expect {
      try await fixture.make()
    } throws: {
      ($0 as? any ClassifiedError)?.code == "OutputMissing"
    }
    #expect(try await fixture.manifest()?.storyboard == nil)
  }

  @Test("a still that is gone is worth another try, one that is no picture is not")
  func badStills() async throws {
    let fixture = MakerFixture()
    try await fixture.processed("one", stills: 12)
    let key = "talks/keynote/keynote-0-frame-7.jpg"
    let bytes = try await fixture.store.get(key, in: "gifs").bytes
    try await fixture.store.delete([key], in: "gifs")
    await #expect {
      try await fixture.make()
    } throws: {
      ($0 as? any ClassifiedError)?.isRetryable == true && "\($0)".contains(key)
    }
    _ = try await fixture.store.put([UInt8](repeating: 7, count: bytes.count), as: key, in: "gifs")
    let outcome = try await fixture.make()
    #expect(outcome.status == .failed && outcome.reason?.isEmpty == false)
    #expect(try await fixture.manifest()?.storyboard == nil)
  }

  @Test("settings that cannot be are named, all of them at once")
  func settings() {
    func problems(_ variables: [String: String]) -> [String] {
      var environment = EnvironmentReader(variables)
      _ = JobSettings(environment: &environment)
      do throws(ConfigurationError) {
        try environment.validate()
        return []
      } catch {
        return error.problems
      }
    }
    #expect(problems([:]) == [])
    #expect(problems(["StoryboardTileWidth": "320", "StoryboardColumns": "5", "StoryboardInterval": "10"]) == [])
    let wrong = problems([
      "Storyboard": "maybe", "StoryboardTileWidth": "15", "StoryboardColumns": "0", "StoryboardInterval": "0.5",
    ])
    #expect(wrong.count == 4)
    for name in ["Storyboard", "StoryboardTileWidth", "StoryboardColumns", "StoryboardInterval"] {
      #expect(wrong.contains { $0.hasPrefix("\(name) must be ") })
    }
    #expect(problems(["StoryboardTileWidth": "640", "StoryboardColumns": "26"]).count == 1)
  }

  @Test("other settings are another version, none are the version that was")
  func fingerprint() {
    let plain = JobSettings()
    #expect(plain.fingerprint != JobSettings(storyboard: StoryboardSettings()).fingerprint)
    #expect(
      JobSettings(storyboard: StoryboardSettings()).fingerprint
        != JobSettings(storyboard: StoryboardSettings(interval: 2)).fingerprint)
  }
}
