import AudioJobs
import AudioTranscoding
import Core
import EventBus
import FoundationEssentials
import Logging
import MediaJobs
import ObjectStore
import S3Protocol
import Synchronization
import TestStores

/// One job whose upload of 160 s is stored, in a folder of its own, and the events that its steps announce.
final class JobFixture: Sendable {
  private final class Announcements: EventPublisher {
    private let entries = Mutex<[PutEventsEntry]>([])

    func publish(_ entries: [PutEventsEntry], idempotencyKey: String?) async throws {
      self.entries.withLock { $0 += entries }
    }

    /// The steps that were announced since the last call.
    func take() -> [PutEventsEntry] {
      entries.withLock { entries in
        defer { entries = [] }
        return entries.filter { TranscodeEvent.Kind(rawValue: $0.detailType) != nil }
      }
    }
  }

  static let bucket = "cache"
  /// Samples per second.
  private static let rate = 8000
  private static let seconds = 160

  private let root = FileManager.default.temporaryDirectory.path + "/jobs-" + RequestID.make()
  private let announcements = Announcements()
  let store: ObservedStore
  let jobs: TranscodeJobs
  let ending: TranscodeEnding
  let job = TranscodeJob.make()
  var folder: JobFolder { job.folder(store, bucket: Self.bucket) }

  /// - Parameter hasSource: whether the upload was stored.
  init(hasSource: Bool = true) async throws {
    store = ObservedStore(FolderStore(root: root), countsOpening: { !$0.hasSuffix("/source") })
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let services = JobServices(objects: store, publisher: announcements, logger: logger)
    var settings = TranscoderSettings(scratch: FileManager.default.temporaryDirectory.path)
    settings.bucket = Self.bucket
    jobs = TranscodeJobs(services: services, settings: settings)!
    ending = TranscodeEnding(services: services, bucket: Self.bucket)
    var document = JobDocument(
      id: job.id, kind: TranscodeJob.kind, createdAt: Int64(Date().timeIntervalSince1970 * 1000))
    document.request = .object([
      "target": .string("mp3"), "sha256": .string(String(repeating: "ab", count: 32)), "bytes": .integer(1),
    ])
    _ = try await folder.create(document)
    if hasSource { _ = try await store.put(Self.silence(), as: job.sourceKey, in: Self.bucket) }
    _ = try await store.put([], as: job.waitingKey, in: Self.bucket)
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  /// A WAV file: one channel of 16 bits.
  private static func silence() -> [UInt8] {
    func little(_ number: Int, _ bytes: Int) -> [UInt8] {
      (0..<bytes).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    let count = seconds * rate * 2
    let format =
      little(16, 4) + little(1, 2) + little(1, 2) + little(rate, 4) + little(rate * 2, 4) + little(2, 2) + little(16, 2)
    let head = Array("WAVEfmt ".utf8) + format + Array("data".utf8) + little(count, 4)
    return Array("RIFF".utf8) + little(head.count + count, 4) + head + [UInt8](repeating: 0, count: count)
  }

  @discardableResult
  func process(_ event: TranscodeEvent) async throws -> TranscodeJobs.Outcome { try await process(event.entry) }

  @discardableResult
  func process(_ entry: PutEventsEntry) async throws -> TranscodeJobs.Outcome {
    try await jobs.process(
      .object([
        "source": .string(entry.source), "detail-type": .string(entry.detailType), "detail": entry.detail,
      ]))
  }

  /// The job's first step.
  ///
  /// - Returns: the events that it announced.
  func plan() async throws -> [PutEventsEntry] {
    try await process(TranscodeEvent(.transcodeRequested, job))
    return announced()
  }

  func announced() -> [PutEventsEntry] { announcements.take() }

  /// Objects that must not outlive the job: its data, and the marks by which jobs are counted.
  func leftovers() async throws -> [String] {
    var keys: [String] = []
    for prefix in [job.dataPrefix, TranscodeJob.waitingRoot, TranscodeJob.runningRoot] {
      keys += try await store.listAll(bucket: Self.bucket, prefix: prefix).map(\.key)
    }
    return keys
  }

  /// Processes these events and what they announce, until nothing is announced.
  func run(_ entries: [PutEventsEntry]) async throws {
    var waiting = entries
    while !waiting.isEmpty {
      for entry in waiting { try await process(entry) }
      waiting = announced()
    }
  }

  /// Cancels the job right before this operation, once.
  func cancel(before operation: ObservedStore.Operation, _ key: String) {
    let (ending, job, store) = (ending, job, store)
    store.before { found, name in
      guard found == operation, name == key else { return }
      store.before(nil)
      try await ending.cancel(job)
    }
  }

  /// Keys written while `body` runs.
  func written(by body: () async throws -> Void) async throws -> [String] {
    let keys = Keys()
    store.before { operation, key in if operation == .put { keys.add(key) } }
    try await body()
    store.before(nil)
    return keys.all
  }

  private final class Keys: Sendable {
    private let keys = Mutex<[String]>([])
    var all: [String] { keys.withLock { $0 } }
    func add(_ key: String) { keys.withLock { $0.append(key) } }
  }
}
