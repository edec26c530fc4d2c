import Core
import EventBus
import FoundationEssentials
import Library
import Logging
import MediaJobs
import ObjectStore
import S3Protocol
import Synchronization
import Testing

/// A library in a folder, with a bus that remembers.
final class LibraryFixture: Sendable {
  final class Bus: EventPublisher {
    let entries = Mutex<[PutEventsEntry]>([])
    let isBroken = Mutex(false)

    func publish(_ new: [PutEventsEntry], idempotencyKey: String?) async throws {
      if isBroken.withLock({ $0 }) { throw LibraryEvent.Invalid(message: "the bus is gone") }
      entries.withLock { $0 += new }
    }

    var kinds: [String] { entries.withLock { $0.map(\.detailType) } }
  }

  let root = FileManager.default.temporaryDirectory.path + "/library-" + RequestID.make()
  let bus = Bus()
  let services: LibraryServices
  let libraryID = RequestID.make()
  var store: LibraryStore { services.store }

  init(_ wrap: (FolderStore) -> any ObjectStore = { $0 }) {
    services = LibraryServices(
      jobs: JobServices(
        objects: wrap(FolderStore(root: root)), publisher: bus,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }),
      buckets: LibraryBuckets(library: "library", cache: "cache"))
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  func file() -> FileIdentity { FileIdentity(libraryID: libraryID, fileID: RequestID.make()) }

  func record(_ file: FileIdentity, _ name: String = "a.jpg") -> FileRecord {
    FileRecord(identity: file, name: name, mimeType: "image/jpeg", createdAt: store.now, createdBy: "alice")
  }

  static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 0, 0]

  func upload(_ bytes: [UInt8], to file: FileIdentity, _ name: String = "a.jpg") async throws {
    let key = file.originalKey(name)
    _ = try await store.objects.put(bytes, as: key, in: "library")
    try await Ingest(services: services).process(
      S3Notification(bucket: "library", key: key, eventName: "ObjectCreated:Put"))
  }

  func keys(_ bucket: String, _ prefix: String = "") async throws -> [String] {
    try await store.objects.listAll(bucket: bucket, prefix: prefix).map(\.key)
  }
}

@Suite struct LibraryStoreTests {
  let fixture = LibraryFixture()
  var store: LibraryStore { fixture.store }

  @Test func aFileIsListedOnceAndFollowsItsRecord() async throws {
    let file = fixture.file()
    #expect(try await store.create(fixture.record(file)))
    #expect(try await !store.create(fixture.record(file)))
    try await store.update(file) { record in
      record.name = "b.jpg"
      return true
    }
    let entries = try await store.entries(libraryID: fixture.libraryID)
    #expect(entries.map(\.name) == ["b.jpg"])
  }

  @Test func writersAtTheSameTimeLoseNothing() async throws {
    let file = fixture.file()
    _ = try await store.create(fixture.record(file))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          _ = try await store.update(file) { record in
            record.imageProxyAttempts = (record.imageProxyAttempts ?? 0) + 1
            return true
          }
        }
        group.addTask { _ = try await store.create(fixture.record(fixture.file())) }
      }
      try await group.waitForAll()
    }
    #expect(try await store.record(of: file)?.imageProxyAttempts == 8)
    #expect(try await store.entries(libraryID: fixture.libraryID).count == 9)
  }

  @Test func lateResultsOfAnOlderVersionAreDiscarded() async throws {
    let file = fixture.file()
    try await fixture.upload(LibraryFixture.jpeg, to: file)
    try await fixture.upload(LibraryFixture.jpeg + [1], to: file)
    #expect(try await store.record(of: file)?.version == 2)
    #expect(try await !store.update(file, version: 1) { $0.sha256 = "old" })
    #expect(try await store.record(of: file)?.sha256 == nil)
  }

  @Test func deletingRemovesDerivedFilesToo() async throws {
    let file = fixture.file()
    try await fixture.upload(LibraryFixture.jpeg, to: file)
    let poster = fixture.file()
    #expect(
      try await store.addDerived(fixture.record(poster, "poster.jpg"), of: file, version: 1) {
        $0.thumbnailFileId = poster.fileID
      })
    #expect(try await store.record(of: file)?.thumbnailFileId == poster.fileID)
    _ = try await store.objects.put([1], as: file.transformsPrefix + "w1_h1_q1.jpeg", in: "cache")
    #expect(try await store.remove(file))
    #expect(try await store.record(of: poster) == nil)
    #expect(try await fixture.keys("cache").isEmpty)
    #expect(try await fixture.keys("library", "original/").isEmpty)
    #expect(try await store.entries(libraryID: fixture.libraryID).isEmpty)
    #expect(try await !store.remove(file))
  }

  @Test func aPosterThatIsDeletedIsNamedNoMore() async throws {
    let file = fixture.file()
    try await fixture.upload(LibraryFixture.jpeg, to: file)
    let poster = fixture.file()
    _ = try await store.addDerived(fixture.record(poster), of: file, version: 1) { $0.thumbnailFileId = poster.fileID }
    #expect(try await store.remove(poster))
    let record = try await store.record(of: file)
    #expect(record?.thumbnailFileId == nil && record?.derivedFileIds == nil)
  }

  @Test func whatWasMadeOfAnOlderVersionIsNotAdded() async throws {
    let file = fixture.file()
    try await fixture.upload(LibraryFixture.jpeg, to: file)
    let late = fixture.file()
    #expect(try await !store.addDerived(fixture.record(late), of: file, version: 0))
    #expect(try await store.record(of: late) == nil)
  }

  @Test func anIndexThatACrashLeftBehindIsMended() async throws {
    let (listed, missing) = (fixture.file(), fixture.file())
    _ = try await store.create(fixture.record(listed))
    // Recorded but not listed, and listed but not recorded.
    try await store.documents.write(fixture.record(missing), at: missing.recordKey, in: "library")
    try await store.objects.delete(listed.recordKey, in: "library")
    #expect(try await store.mendIndex(libraryID: fixture.libraryID) == 2)
    #expect(try await store.entries(libraryID: fixture.libraryID).map(\.id) == [missing.fileID])
    #expect(try await store.mendIndex(libraryID: fixture.libraryID) == 0)
  }
}

@Suite struct IngestTests {
  let fixture = LibraryFixture()
  var store: LibraryStore { fixture.store }

  @Test func eachKindOfContentIsAnnouncedWhatItNeeds() async throws {
    try await fixture.upload(LibraryFixture.jpeg, to: fixture.file())
    #expect(fixture.bus.kinds == ["metadataRequested", "hashRequested", "imagePrewarmRequested"])
    fixture.bus.entries.withLock { $0 = [] }
    try await fixture.upload(Array("\0\0\0\u{18}ftypqt  ".utf8), to: fixture.file(), "a.mov")
    #expect(fixture.bus.kinds.contains("proxyRequested") && fixture.bus.kinds.contains("posterRequested"))
    fixture.bus.entries.withLock { $0 = [] }
    try await fixture.upload(Array("fLaC".utf8), to: fixture.file(), "a.jpg")
    #expect(fixture.bus.kinds == ["metadataRequested", "hashRequested", "posterRequested", "waveformRequested"])
  }

  @Test func aNotificationThatComesTwiceCountsOnce() async throws {
    let file = fixture.file()
    try await fixture.upload(LibraryFixture.jpeg, to: file)
    try await fixture.upload(LibraryFixture.jpeg, to: file)
    #expect(try await store.record(of: file)?.version == 1)
    #expect(fixture.bus.kinds.count == 3)
  }

  @Test func whatCouldNotBeAnnouncedIsAnnouncedByTheNextTry() async throws {
    let file = fixture.file()
    fixture.bus.isBroken.withLock { $0 = true }
    await #expect(throws: (any Error).self) { try await fixture.upload(LibraryFixture.jpeg, to: file) }
    fixture.bus.isBroken.withLock { $0 = false }
    try await fixture.upload(LibraryFixture.jpeg, to: file)
    #expect(try await store.record(of: file)?.version == 1)
    #expect(fixture.bus.kinds.count == 3)
  }

  @Test func aReplacementThatWasCutOffIsCarriedThrough() async throws {
    let file = fixture.file()
    try await fixture.upload(LibraryFixture.jpeg, to: file)
    let derivative = file.transformsPrefix + "w1_h1_q1.jpeg"
    _ = try await store.objects.put([1], as: derivative, in: "cache")
    fixture.bus.isBroken.withLock { $0 = true }
    await #expect(throws: (any Error).self) { try await fixture.upload(LibraryFixture.jpeg + [2], to: file, "b.jpg") }
    // As if the first try had come no further than the record.
    _ = try await store.objects.put([1], as: derivative, in: "cache")
    fixture.bus.isBroken.withLock { $0 = false }
    try await fixture.upload(LibraryFixture.jpeg + [2], to: file, "b.jpg")
    #expect(try await store.record(of: file)?.version == 2)
    #expect(try await fixture.keys("cache").isEmpty)
    #expect(try await fixture.keys("library", "original/") == [file.originalKey("b.jpg")])
  }

  @Test func equalContentIsFoundAndForgotten() async throws {
    let files = [fixture.file(), fixture.file()]
    for file in files {
      try await fixture.upload(LibraryFixture.jpeg, to: file)
      let record = try #require(try await store.record(of: file))
      let event = LibraryEvent(.hashRequested, record, bucket: "library")
      try await FileHashing(services: fixture.services).process(event)
    }
    #expect(try await store.record(of: files[0])?.duplicateOf == files[1].fileID)
    #expect(try await store.record(of: files[1])?.duplicateOf == files[0].fileID)
    #expect(
      try await store.record(of: files[0])?.sha256 == "3b8911f648905fa8f973846557b8eafd7a579f059035b78dc858137ba25aad8e"
    )
    _ = try await store.remove(files[1])
    #expect(try await store.record(of: files[0])?.duplicateOf == nil)
  }
}

/// A folder in which the content of each object never ends.
private struct EndlessStore: ObjectStore {
  let folder: FolderStore

  private final class Endless: ByteSource {
    let size = Int64.max
    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int { buffer.count }
    func close() {}
  }

  func open(_ key: String, in bucket: String, info: ObjectInfo) throws -> any ByteSource { Endless() }

  func head(_ key: String, in bucket: String) async throws -> ObjectInfo { try await folder.head(key, in: bucket) }
  func get(
    _ key: String, in bucket: String, range: ClosedRange<Int64>?, ifMatch: ETag?
  ) async throws -> (info: ObjectInfo, bytes: [UInt8]) {
    try await folder.get(key, in: bucket, range: range, ifMatch: ifMatch)
  }
  func put(_ bytes: [UInt8], as key: String, in bucket: String, options: PutOptions) async throws -> ETag {
    try await folder.put(bytes, as: key, in: bucket, options: options)
  }
  func delete(_ keys: [String], in bucket: String) async throws { try await folder.delete(keys, in: bucket) }
  func list(
    bucket: String, prefix: String, startAfter: String?, delimiter: String?, limit: Int
  ) async throws -> ListPage {
    try await folder.list(bucket: bucket, prefix: prefix, startAfter: startAfter, delimiter: delimiter, limit: limit)
  }
}

@Suite struct FileHashingTests {
  @Test(.timeLimit(.minutes(5))) func aFileThatCostsTooMuchIsGivenUpAndSaysSo() async throws {
    let fixture = LibraryFixture(EndlessStore.init)
    let file = fixture.file()
    try await fixture.upload(LibraryFixture.jpeg, to: file)
    let record = try #require(try await fixture.store.record(of: file))
    // What returns is not tried again.
    try await FileHashing(services: fixture.services, processorTime: 0).process(
      LibraryEvent(.hashRequested, record, bucket: "library"))
    let ended = try #require(try await fixture.store.record(of: file))
    #expect(ended.sha256 == nil)
    #expect(ended.hashError?.contains("0 s of CPU time, the limit of HashCpuTimeLimit") == true)
    try await fixture.upload(LibraryFixture.jpeg + [1], to: file)
    #expect(try await fixture.store.record(of: file)?.hashError == nil)
  }
}

@Suite struct PrewarmPassTests {
  let fixture = LibraryFixture()
  var store: LibraryStore { fixture.store }

  @Test func aPassAnnouncesWhatIsNotUnderWayAndForgetsWhatIsDone() async throws {
    let (fresh, done, hopeless) = (fixture.file(), fixture.file(), fixture.file())
    for file in [fresh, done, hopeless] { try await fixture.upload(LibraryFixture.jpeg, to: file) }
    try await store.update(done, version: 1) { $0.imageProxyWarmedVersion = 1 }
    try await store.update(hopeless, version: 1) { $0.imageProxyAttempts = 3 }
    fixture.bus.entries.withLock { $0 = [] }
    // Announced by the upload's own event, whose moment is not known: announced once more, then it is under way.
    #expect(try await PrewarmPass(services: fixture.services).run() == 1)
    #expect(try await PrewarmPass(services: fixture.services).run() == 0)
    #expect(try await fixture.keys("library", "index/prewarm/pending/").count == 1)
    #expect(fixture.bus.kinds == ["imagePrewarmRequested"])
  }

  @Test func markersAreInTheOrderOfTheNewestFirst() async throws {
    let (old, new) = (fixture.file(), fixture.file())
    try await store.markForPrewarming(old, since: 1_000_000_000_000)
    try await store.markForPrewarming(new, since: 1_700_000_000_000)
    let keys = try await fixture.keys("library", "index/prewarm/pending/")
    #expect(keys.map { LibraryStore.markedFile($0) } == [new, old])
    #expect(LibraryStore.markedFile("index/prewarm/pending/x") == nil)
  }
}
