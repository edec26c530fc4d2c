import Core
import EventBus
import FoundationEssentials
import ImageTransforms
import Library
import Logging
import MediaJobs
import ObjectStore
import S3Protocol
import Synchronization
import TestStores
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

  @Test("a file is listed once, and its entry follows its record")
  func aFileIsListedOnceAndFollowsItsRecord() async throws {
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

  @Test("writers at the same time lose nothing")
  func writersAtTheSameTimeLoseNothing() async throws {
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

  @Test("late results of an older version are discarded")
  func lateResultsOfAnOlderVersionAreDiscarded() async throws {
    let file = fixture.file()
    try await fixture.upload(LibraryFixture.jpeg, to: file)
    try await fixture.upload(LibraryFixture.jpeg + [1], to: file)
    #expect(try await store.record(of: file)?.version == 2)
    #expect(try await !store.update(file, version: 1) { $0.sha256 = "old" })
    #expect(try await store.record(of: file)?.sha256 == nil)
  }

  @Test("deleting removes derived files too")
  func deletingRemovesDerivedFilesToo() async throws {
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

  @Test("a poster that is deleted is named no more")
  func aPosterThatIsDeletedIsNamedNoMore() async throws {
    let file = fixture.file()
    try await fixture.upload(LibraryFixture.jpeg, to: file)
    let poster = fixture.file()
    _ = try await store.addDerived(fixture.record(poster), of: file, version: 1) { $0.thumbnailFileId = poster.fileID }
    #expect(try await store.remove(poster))
    let record = try await store.record(of: file)
    #expect(record?.thumbnailFileId == nil && record?.derivedFileIds == nil)
  }

  @Test("what was made of an older version is not added")
  func whatWasMadeOfAnOlderVersionIsNotAdded() async throws {
    let file = fixture.file()
    try await fixture.upload(LibraryFixture.jpeg, to: file)
    let late = fixture.file()
    #expect(try await !store.addDerived(fixture.record(late), of: file, version: 0))
    #expect(try await store.record(of: late) == nil)
  }

  @Test("an index that a crash left behind is mended")
  func anIndexThatACrashLeftBehindIsMended() async throws {
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

@Suite struct SnapshotTests {
  @Test("only pages that have changed are read again")
  func onlyPagesThatHaveChangedAreReadAgain() async throws {
    let fixture = LibraryFixture()
    let counting = ObservedStore(FolderStore(root: fixture.root))
    let store = LibraryStore(objects: counting, buckets: LibraryBuckets(library: "library", cache: "cache"))
    let file = fixture.file()
    _ = try await store.create(fixture.record(file))
    #expect(try await store.snapshot(libraryID: fixture.libraryID).entries.map(\.name) == ["a.jpg"])
    let before = counting.counts.requests
    let again = try await store.snapshot(libraryID: fixture.libraryID)
    #expect(again.entries.count == 1 && counting.counts.requests == before + 1)
    try await fixture.store.update(file) { record in
      record.name = "b.jpg"
      return true
    }
    #expect(try await store.snapshot(libraryID: fixture.libraryID).entries.map(\.name) == ["b.jpg"])
    #expect(try await fixture.store.remove(file))
    #expect(try await store.snapshot(libraryID: fixture.libraryID).entries.isEmpty)
  }
}

@Suite struct IngestTests {
  let fixture = LibraryFixture()
  var store: LibraryStore { fixture.store }

  @Test("each kind of content is announced what it needs")
  func eachKindOfContentIsAnnouncedWhatItNeeds() async throws {
    try await fixture.upload(LibraryFixture.jpeg, to: fixture.file())
    #expect(fixture.bus.kinds == ["metadataRequested", "hashRequested", "imagePrewarmRequested"])
    fixture.bus.entries.withLock { $0 = [] }
    try await fixture.upload(Array("\0\0\0\u{18}ftypqt  ".utf8), to: fixture.file(), "a.mov")
    #expect(fixture.bus.kinds.contains("proxyRequested") && fixture.bus.kinds.contains("posterRequested"))
    fixture.bus.entries.withLock { $0 = [] }
    try await fixture.upload(Array("fLaC".utf8), to: fixture.file(), "a.jpg")
    #expect(fixture.bus.kinds == ["metadataRequested", "hashRequested", "posterRequested", "waveformRequested"])
  }

  @Test("a notification that comes twice counts once")
  func aNotificationThatComesTwiceCountsOnce() async throws {
    let file = fixture.file()
    try await fixture.upload(LibraryFixture.jpeg, to: file)
    try await fixture.upload(LibraryFixture.jpeg, to: file)
    #expect(try await store.record(of: file)?.version == 1)
    #expect(fixture.bus.kinds.count == 3)
  }

  @Test("what could not be announced is announced by the next try")
  func whatCouldNotBeAnnouncedIsAnnouncedByTheNextTry() async throws {
    let file = fixture.file()
    fixture.bus.isBroken.withLock { $0 = true }
    await #expect(throws: (any Error).self) { try await fixture.upload(LibraryFixture.jpeg, to: file) }
    fixture.bus.isBroken.withLock { $0 = false }
    try await fixture.upload(LibraryFixture.jpeg, to: file)
    #expect(try await store.record(of: file)?.version == 1)
    #expect(fixture.bus.kinds.count == 3)
  }

  @Test("a replacement that was cut off is carried through")
  func aReplacementThatWasCutOffIsCarriedThrough() async throws {
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

  @Test("equal content is found and forgotten")
  func equalContentIsFoundAndForgotten() async throws {
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
  @Test("a file that costs too much is given up and says so", .timeLimit(.minutes(5)))
  func aFileThatCostsTooMuchIsGivenUpAndSaysSo() async throws {
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

  @Test("a pass announces what is not under way and forgets what is done")
  func aPassAnnouncesWhatIsNotUnderWayAndForgetsWhatIsDone() async throws {
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

  @Test("markers are in the order of the newest first")
  func markersAreInTheOrderOfTheNewestFirst() async throws {
    let (old, new) = (fixture.file(), fixture.file())
    try await store.markForPrewarming(old, createdAt: "2001-09-09T01:46:40.000Z")
    try await store.markForPrewarming(new, createdAt: "2023-11-14T22:13:20.000Z")
    let keys = try await fixture.keys("library", "index/prewarm/pending/")
    #expect(keys.map { LibraryStore.markedFile($0) } == [new, old])
    #expect(LibraryStore.markedFile("index/prewarm/pending/x") == nil)
  }

  @Test("an image has one marker which goes when it is done")
  func anImageHasOneMarkerWhichGoesWhenItIsDone() async throws {
    let file = fixture.file()
    try await fixture.upload(LibraryFixture.jpeg, to: file)
    try await Reprocessing(services: fixture.services).imageProxy(of: file)
    #expect(try await fixture.keys("library", "index/prewarm/pending/").count == 1)
    let record = try #require(try await store.record(of: file))
    try await store.unmarkForPrewarming(record)
    #expect(try await fixture.keys("library", "index/prewarm/pending/").isEmpty)
  }

  /// Files of a library as they stand when all of them are done, two index pages of them.
  private func fill(_ count: Int, warmed version: Int?) async throws {
    var pages = [IndexPage(), IndexPage()]
    for number in 0..<count {
      var record = fixture.record(fixture.file(), "\(number).jpg")
      record.createdAt = "2026-01-01T00:00:\(10 + number).000Z"
      (record.version, record.indexPage, record.imageProxyWarmedVersion) = (1, number * 2 / count, version)
      try await store.documents.write(record, at: record.identity.recordKey, in: "library")
      pages[number * 2 / count].entries.append(IndexEntry(record))
    }
    for (number, page) in pages.enumerated() {
      let key = IndexPage.key(libraryID: fixture.libraryID, page: number)
      try await store.documents.write(page, at: key, in: "library")
    }
  }

  @Test("a registry of a higher version marks images page by page, from the last")
  func aRegistryOfAHigherVersionMarksImagesPageByPageFromTheLast() async throws {
    try await fill(6, warmed: nil)
    let variants = ImageVariants(version: 7, variants: [])
    func marked() async throws -> Int { try await fixture.keys("library", "index/prewarm/pending/").count }
    #expect(try await store.markMoreAfterChange(of: variants))
    let first = try await fixture.keys("library", "index/prewarm/pending/").compactMap { LibraryStore.markedFile($0) }
    var records: [String?] = []
    for file in first { records.append(try await store.record(of: file)?.name) }
    #expect(records == ["5.jpg", "4.jpg", "3.jpg"])
    #expect(try await store.markMoreAfterChange(of: variants))
    #expect(try await marked() == 6)
    #expect(try await !store.markMoreAfterChange(of: variants))
    // All are marked for this version; the next one begins again.
    for key in try await fixture.keys("library", "index/prewarm/pending/") {
      try await store.objects.delete(key, in: "library")
    }
    #expect(try await !store.markMoreAfterChange(of: variants))
    #expect(try await marked() == 0)
    #expect(try await store.markMoreAfterChange(of: ImageVariants(version: 8, variants: [])))
    #expect(try await marked() == 3)
  }

  @Test("a pass marks more only if there is too little to do")
  func aPassMarksMoreOnlyIfThereIsTooLittleToDo() async throws {
    try await fill(6, warmed: nil)
    #expect(try await PrewarmPass(services: fixture.services).run() == 6)
    #expect(try await PrewarmPass(services: fixture.services).run() == 0)
    #expect(fixture.bus.kinds.count == 6)
  }

  @Test("what is done costs a pass nothing")
  func whatIsDoneCostsAPassNothing() async throws {
    let counting = ObservedStore(FolderStore(root: fixture.root))
    let services = LibraryServices(
      jobs: JobServices(
        objects: counting, publisher: fixture.bus, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }),
      buckets: LibraryBuckets(library: "library", cache: "cache"))
    while try await store.markMoreAfterChange() {}
    #expect(try await PrewarmPass(services: services).run() == 0)
    let without = counting.counts.requests
    try await fill(20, warmed: 1)
    #expect(try await PrewarmPass(services: services).run() == 0)
    #expect(counting.counts.requests == without * 2)
  }
}
