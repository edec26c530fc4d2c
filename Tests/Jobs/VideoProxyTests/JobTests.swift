import MediaTools
import Core
import EventBus
import Foundation
import Library
import Logging
import MediaJobs
import MediaTypes
import ObjectStore
import S3Protocol
import Synchronization
import TestStores
import Testing
import VideoEncoding
import VideoProxy
import VideoTracks

/// Takes what is announced, as the event bus would.
private final class Announcements: EventPublisher {
  private let entries = Mutex<[PutEventsEntry]>([])

  func publish(_ new: [PutEventsEntry], idempotencyKey: String?) async throws {
    entries.withLock { $0 += new }
  }

  /// What has been announced of one kind since it was taken last.
  func take(_ kind: LibraryEvent.Kind) throws -> [LibraryEvent] {
    let taken = entries.withLock { entries in
      let taken = entries.filter { $0.detailType == kind.rawValue }
      entries.removeAll { $0.detailType == kind.rawValue }
      return taken
    }
    return try taken.map {
      try LibraryEvent(json: .object(["detail-type": .string($0.detailType), "detail": $0.detail]))
    }
  }
}

@Suite struct ProxyJobTests {
  private let scratch: Scratch
  private let announcements = Announcements()
  private let services: LibraryServices
  private let objects: ObservedStore
  private let file = FileIdentity(
    libraryID: "11111111-1111-4111-8111-111111111111", fileID: "22222222-2222-4222-8222-222222222222")
  private let made = Count()

  private final class Count: Sendable {
    let value = Mutex(0)
  }

  init() throws {
    scratch = try Scratch()
    objects = ObservedStore(FolderStore(root: scratch.path("store")))
    services = LibraryServices(
      jobs: JobServices(objects: objects, publisher: announcements, logger: Logger(label: "test")),
      buckets: LibraryBuckets(library: "library", cache: "cache"))
  }

  private var jobs: ProxyJobs { ProxyJobs(services: services) }

  private func upload(_ path: String, version: Int = 1) async throws -> FileRecord {
    let bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
    let key = file.originalKey("talk.mkv")
    let etag = try await services.store.objects.put(bytes, as: key, in: "library")
    var record = FileRecord(
      identity: file, name: "talk.mkv", mimeType: "video/x-matroska", createdAt: services.store.now, createdBy: nil)
    (record.version, record.objectKey, record.etag, record.size) = (version, key, etag.value, Int64(bytes.count))
    record.proxyStatus = .queued
    if try await services.store.create(record) { return record }
    let fresh = record
    return try await services.store.update(file) { known in
      known = fresh
      return true
    }!.record
  }

  private func plan(_ event: LibraryEvent, parts: Int = 3) async throws -> ProxyJobs.Outcome {
    try await jobs.plan(event) { source, request in
      if let start = request.start, let end = request.end {
        if let format = request.animation { return try ProxyPlanner().plan(source, from: start, to: end, as: format) }
        return try ProxyPlanner(parts: parts, processors: 1).plan(source, from: start, to: end)
      }
      return try ProxyPlanner(parts: parts, processors: 1).plan(source, isForced: request.isForced)
    }
  }

  private func makePart(_ event: LibraryEvent) async throws -> ProxyJobs.Outcome {
    try await jobs.makePart(event, scratch: scratch.path("")) { [made] part, source, path, cancellation, progress in
      made.value.withLock { $0 += 1 }
      return try PartMaker.make(part, of: source, to: path, cancellation: cancellation, progress: progress)
    }
  }

  private func event(_ kind: LibraryEvent.Kind, _ record: FileRecord, _ extra: [String: JSONValue] = [:])
    -> LibraryEvent
  {
    LibraryEvent(kind, record, bucket: "library", extra: extra)
  }

  private func numbered(_ pictures: Int = 400) throws -> String {
    try NumberedVideo.make(
      "talk.mkv", in: scratch, pictures: pictures,
      ["-c:v", "mpeg4", "-q:v", "3", "-g", "50", "-pix_fmt", "yuv420p"])
  }

  @Test("a proxy is made once, whatever is delivered twice")
  func aProxyIsMadeOnceWhateverIsDeliveredTwice() async throws {
    let record = try await upload(numbered())
    #expect(try await plan(event(.proxyRequested, record)) == .done)
    #expect(try await services.store.record(of: file)?.proxyStatus == .processing)
    let parts = try announcements.take(.proxyPartRequested)
    #expect(parts.count == 3)
    var percents: [Int] = []
    for part in parts {
      #expect(try await makePart(part) == .done)
      #expect(try await makePart(part) == .done)
      percents.append(try await jobs.progress(of: record)?.percent ?? -1)
    }
    // Work that is done counts, and nothing is complete before the join.
    #expect(percents.allSatisfy { (1...99).contains($0) } && percents == percents.sorted())
    #expect(made.value.withLock { $0 } == parts.count)
    let joins = try announcements.take(.proxyJoinRequested)
    #expect(joins.count >= 1)
    for join in joins + joins { #expect(try await jobs.join(join) == .done) }
    let ready = try #require(try await services.store.record(of: file))
    #expect(ready.proxyStatus == .ready)
    #expect(ready.proxyProgress == 100)
    let id = try #require(ready.derivedFileIds?.first)
    #expect(ready.derivedFileIds?.count == 1)
    let proxy = try #require(
      try await services.store.record(of: FileIdentity(libraryID: file.libraryID, fileID: id)))
    #expect(proxy.role == .proxy)
    #expect(proxy.sourceFileId == file.fileID)
    #expect(proxy.name.hasPrefix("talk_proxy_") && proxy.name.hasSuffix(".mp4"))
    let bytes = try await services.store.objects.get(try #require(proxy.objectKey), in: "library").bytes
    #expect(Int64(bytes.count) == proxy.size)
    let path = try scratch.write(bytes, as: "made.mp4")
    #expect(try NumberedVideo.read(path).map(\.number) == Array(0..<400))
    // Only documents are left.
    let left = try await services.store.objects.listAll(bucket: "cache", prefix: file.cachePrefix)
    #expect(!left.contains { $0.key.contains("/data/") })
    #expect(try announcements.take(.proxyReady).count >= 1)
  }

  @Test("a moment as GIF shows what is on screen at each of its frames")
  func aMomentAsGIFShowsWhatIsOnScreenAtEachOfItsFrames() async throws {
    let record = try await upload(numbered(200))
    let extra: [String: JSONValue] = [
      "run": .string("moment"), "job": .string("moment"), "start": .number(1.3), "end": .number(3.1),
      "format": .string("gif"),
    ]
    #expect(try await plan(event(.momentRequested, record, extra)) == .done)
    let parts = try announcements.take(.proxyPartRequested)
    #expect(parts.count == 1)
    for part in parts { #expect(try await makePart(part) == .done) }
    #expect(try await jobs.join(try #require(try announcements.take(.proxyJoinRequested).first)) == .done)
    let id = try #require(try await services.store.record(of: file)?.derivedFileIds?.first)
    let moment = try #require(
      try await services.store.record(of: FileIdentity(libraryID: file.libraryID, fileID: id)))
    #expect(moment.role == .moment && moment.mimeType == "image/gif")
    #expect(moment.name.hasPrefix("talk_moment_") && moment.name.hasSuffix(".gif"))
    #expect(moment.width == NumberedVideo.width && moment.height == NumberedVideo.height)
    let bytes = try await services.store.objects.get(try #require(moment.objectKey), in: "library").bytes
    let path = try scratch.write(bytes, as: "moment.gif")
    // Ten frames a second from 1.3 s, of a video with 25.
    #expect(try NumberedVideo.read(path).map(\.number) == (0..<18).map { (325 + 25 * $0) / 10 })
  }

  @Test("a moment is pending until it is there")
  func aMomentIsPendingUntilItIsThere() async throws {
    let record = try await upload(numbered(100))
    let run = "moment-of-2"
    let id = ProxyJob(kind: .moment, file: file, version: 1, run: run).result.fileID
    let extra: [String: JSONValue] = [
      "run": .string(run), "job": .string("moment"), "start": .number(1), "end": .number(2), "format": .string("gif"),
    ]
    func ask() async throws -> FileRecord? {
      try await services.store.update(file) { record in
        record.setMoment(id) { ($0.start, $0.end, $0.format) = (1, 2, "gif") }
        return true
      }?.record
    }
    let asked = try #require(try await ask())
    #expect(asked.moments?.map(\.status) == [.queued] && asked.momentsStatus == .processing)
    _ = try await plan(event(.momentRequested, record, extra))
    let planned = try #require(try await services.store.record(of: file))
    #expect(planned.moments?.map(\.status) == [.processing] && planned.moments?.first?.end == 2)
    for part in try announcements.take(.proxyPartRequested) { _ = try await makePart(part) }
    let join = try #require(try announcements.take(.proxyJoinRequested).first)

    // Another one fails.
    try await jobs.fail(ProxyJob(kind: .moment, file: file, version: 1, run: "other"), code: "GaveUp", "no memory")
    let failed = try #require(try await services.store.record(of: file))
    #expect(failed.moments?.map(\.status) == [.processing, .failed] && failed.moments?.last?.error == "no memory")
    #expect(failed.momentsStatus == .processing)

    _ = try await jobs.join(join)
    let ready = try #require(try await services.store.record(of: file))
    #expect(ready.derivedFileIds == [id])
    #expect(ready.moments?.map(\.status) == [.failed] && ready.momentsStatus == nil)
    // It came before its request was written down.
    #expect(try await ask()?.moments?.map(\.status) == [.failed])
  }

  @Test("the console is told how a proxy is cancelled")
  func theConsoleIsToldHowAProxyIsCancelled() async throws {
    let record = try await upload(numbered(50))
    _ = try await plan(event(.proxyRequested, record))
    let document = try #require(
      try await ProxyJob(event(.proxyRequested, record)).folder(services.store).document())
    #expect(document.cancelPath == "/api/libraries/\(file.libraryID)/files/\(file.fileID)/proxy")
  }

  @Test("encoding again replaces the proxy")
  func encodingAgainReplacesTheProxy() async throws {
    let record = try await upload(numbered(150))
    _ = try await plan(event(.proxyRequested, record), parts: 1)
    for part in try announcements.take(.proxyPartRequested) { _ = try await makePart(part) }
    _ = try await jobs.join(try #require(try announcements.take(.proxyJoinRequested).first))
    let first = try #require(try await services.store.record(of: file))
    let queued = try #require(try await jobs.begin(first, ProxyRequest(isForced: true)))
    #expect(queued.proxyStatus == .queued)
    let request = try #require(try announcements.take(.proxyRequested).first)
    _ = try await plan(request, parts: 1)
    for part in try announcements.take(.proxyPartRequested) { _ = try await makePart(part) }
    _ = try await jobs.join(try #require(try announcements.take(.proxyJoinRequested).first))
    let second = try #require(try await services.store.record(of: file))
    #expect(second.derivedFileIds?.count == 1)
    #expect(second.derivedFileIds != first.derivedFileIds)
  }

  @Test("what browsers play is not encoded")
  func whatBrowsersPlayIsNotEncoded() async throws {
    let path = try NumberedVideo.make(
      "fits.mp4", in: scratch, pictures: 50, ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"])
    let record = try await upload(path)
    #expect(try await plan(event(.proxyRequested, record)) == .done)
    #expect(try await services.store.record(of: file)?.proxyStatus == .notNeeded)
    #expect(try announcements.take(.proxyPartRequested).isEmpty)
  }

  @Test("what is no video fails with a reason")
  func whatIsNoVideoFailsWithAReason() async throws {
    let record = try await upload(try scratch.write(Array("no video at all".utf8), as: "text.mkv"))
    #expect(try await plan(event(.proxyRequested, record)) == .failed)
    let failed = try #require(try await services.store.record(of: file))
    #expect(failed.proxyStatus == .failed)
    #expect(failed.proxyError?.isEmpty == false)
    let told = try announcements.take(.proxyFailed)
    #expect(told.map(\.file) == [file])
    #expect(told.first?.extra["error"]?.stringValue == failed.proxyError)
  }

  @Test("parts of a replaced file are not made")
  func partsOfAReplacedFileAreNotMade() async throws {
    let path = try numbered(100)
    let record = try await upload(path)
    _ = try await plan(event(.proxyRequested, record))
    let parts = try announcements.take(.proxyPartRequested)
    _ = try await upload(path, version: 2)
    for part in parts { #expect(try await makePart(part) == .superseded) }
    #expect(made.value.withLock { $0 } == 0)
  }

  @Test("a cancelled proxy ends without a result")
  func aCancelledProxyEndsWithoutAResult() async throws {
    let record = try await upload(numbered(100))
    _ = try await plan(event(.proxyRequested, record))
    let parts = try announcements.take(.proxyPartRequested)
    #expect(try await jobs.cancel(record)?.proxyStatus == .cancelled)
    #expect(try await jobs.cancel(record) == nil)
    for part in parts { #expect(try await makePart(part) == .superseded) }
    #expect(try await services.store.record(of: file)?.proxyStatus == .cancelled)
  }

  @Test("a part that is written after the cancellation is removed")
  func aPartThatIsWrittenAfterTheCancellationIsRemoved() async throws {
    let record = try await upload(numbered(100))
    _ = try await plan(event(.proxyRequested, record))
    let parts = try announcements.take(.proxyPartRequested)
    let (jobs, objects) = (jobs, objects)
    // The cancellation lists and deletes before the part is there.
    objects.before { operation, key in
      guard operation == .put, key.contains("/data/") else { return }
      objects.before(nil)
      _ = try await jobs.cancel(record)
    }
    for part in parts { #expect(try await makePart(part) == .superseded) }
    let left = try await objects.listAll(bucket: "cache", prefix: file.cachePrefix)
    #expect(!left.contains { $0.key.contains("/data/") })
    #expect(try announcements.take(.proxyJoinRequested).isEmpty)
  }

  @Test("a proxy that is cancelled before it is planned is not planned")
  func aProxyThatIsCancelledBeforeItIsPlannedIsNotPlanned() async throws {
    let record = try await upload(numbered(100))
    #expect(try await jobs.cancel(record)?.proxyStatus == .cancelled)
    #expect(try await plan(event(.proxyRequested, record)) == .superseded)
    #expect(try announcements.take(.proxyPartRequested).isEmpty)
    // It can be asked for once more.
    #expect(try await jobs.begin(record, ProxyRequest(isForced: true))?.proxyStatus == .queued)
    #expect(try await plan(try #require(try announcements.take(.proxyRequested).first)) == .done)
    #expect(try !announcements.take(.proxyPartRequested).isEmpty)
  }

  /// What the host tells `RecordFailure` of an event whose every try failed.
  private func giveUp(_ event: LibraryEvent) async throws -> Bool {
    let entry = event.entry
    let failure = try InvocationFailure(
      record: .object([
        "requestPayload": .object([
          "source": .string(entry.source), "detail-type": .string(entry.detailType), "detail": entry.detail,
        ]),
        "requestContext": .object(["approximateInvokeCount": .integer(3)]),
        "responsePayload": .object(["errorMessage": .string("the process was killed")]),
      ]))
    return try await LibraryFailures(services: services).record(failure, requestID: "1")
  }

  @Test("a part that is given up fails the proxy with its reason")
  func aPartThatIsGivenUpFailsTheProxyWithItsReason() async throws {
    let record = try await upload(numbered(100))
    _ = try await plan(event(.proxyRequested, record))
    let parts = try announcements.take(.proxyPartRequested)
    #expect(try await giveUp(parts[0]))
    let failed = try #require(try await services.store.record(of: file))
    #expect(failed.proxyStatus == .failed)
    #expect(failed.proxyError == "gave up after 3 attempts: the process was killed")
    #expect(try announcements.take(.proxyFailed).map { $0.extra["error"]?.stringValue } == [failed.proxyError])
    // The others are of no use any more.
    for part in parts.dropFirst() { #expect(try await makePart(part) == .superseded) }
    #expect(made.value.withLock { $0 } == 0)
  }

  @Test("a run that was followed by another does not fail it")
  func aRunThatWasFollowedByAnotherDoesNotFailIt() async throws {
    let record = try await upload(numbered(100))
    _ = try await plan(event(.proxyRequested, record))
    let parts = try announcements.take(.proxyPartRequested)
    _ = try await jobs.begin(record, ProxyRequest(isForced: true))
    #expect(try await giveUp(parts[0]))
    #expect(try await services.store.record(of: file)?.proxyStatus == .queued)
    #expect(try announcements.take(.proxyFailed).isEmpty)
    #expect(try await giveUp(event(.posterRequested, record)))
    #expect(try await services.store.record(of: file)?.thumbnailStatus == .failed)
    #expect(try announcements.take(.posterFailed).count == 1)
    #expect(try await giveUp(event(.waveformRequested, record)))
    #expect(
      try announcements.take(.waveformFailed).map { $0.extra["error"]?.stringValue }
        == ["gave up after 3 attempts: the process was killed"])
    // Strikes are for faults of the file; the store's are tried again by the hourly pass.
    #expect(try await !giveUp(event(.imagePrewarmRequested, record)))
  }

  @Test("a moment begins and ends with the frame on screen")
  func aMomentBeginsAndEndsWithTheFrameOnScreen() async throws {
    let record = try await upload(numbered())
    let request = event(
      .momentRequested, record,
      ["run": .string("moment-1"), "job": .string("moment"), "start": .number(3.21), "end": .number(9.4)])
    #expect(try await plan(request) == .done)
    for part in try announcements.take(.proxyPartRequested) { _ = try await makePart(part) }
    _ = try await jobs.join(try #require(try announcements.take(.proxyJoinRequested).first))
    let id = try #require(try await services.store.record(of: file)?.derivedFileIds?.first)
    let moment = try #require(
      try await services.store.record(of: FileIdentity(libraryID: file.libraryID, fileID: id)))
    #expect(moment.role == .moment)
    #expect(try await services.store.record(of: file)?.proxyStatus == .queued)
    let bytes = try await services.store.objects.get(try #require(moment.objectKey), in: "library").bytes
    let pictures = try NumberedVideo.read(try scratch.write(bytes, as: "moment.mp4"))
    // On screen at 3.21 s is picture 80 (3.20 s); the last before 9.4 s is 234 (9.36 s).
    #expect(pictures.map(\.number) == Array(80...234))
    #expect(abs(pictures[1].time - 0.03) < 0.002)
  }
}
