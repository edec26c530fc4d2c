import EventBus
import FoundationEssentials
import Logging
import ObjectStore
import MediaJobs
import Previews
import PreviewRendering
import Core
import S3Protocol
import Synchronization

/// A job over a real store in a folder of its own, with an event bus that remembers.
final class JobFixture: Sendable {
  final class Bus: EventPublisher {
    private let state = Mutex<[(entry: PutEventsEntry, key: String?)]>([])

    func publish(_ entries: [PutEventsEntry], idempotencyKey: String?) async throws {
      state.withLock { $0 += entries.map { ($0, idempotencyKey) } }
    }

    func details(of type: String) -> [JSONValue] {
      state.withLock { $0.map(\.entry).filter { $0.detailType == type }.map(\.detail) }
    }
    func types() -> [String] { state.withLock { $0.map(\.entry.detailType) } }
    func idempotencyKeys() -> Set<String?> { state.withLock { Set($0.map(\.key)) } }
  }

  static let buckets = Job.Buckets(source: "videos", output: "gifs")

  let root: String
  let objects: FolderStore
  let store: JobStore
  let bus = Bus()
  let services: PreviewServices
  let settings = JobSettings(snippetSize: 10)

  init() {
    root = FileManager.default.temporaryDirectory.path + "/preview-job-" + RequestID.make()
    objects = FolderStore(root: root)
    store = JobStore(objects: objects)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    services = PreviewServices(
      settings: settings, buckets: Self.buckets, objects: objects, publisher: bus, logger: logger)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: root)
  }

  func upload(_ text: String, as key: String = "talks/keynote.mp4", run: String? = nil) async throws -> Job {
    var options = PutOptions()
    if let run { options.metadata[SourceVersion.runMetadata] = run }
    _ = try await objects.put(Array(text.utf8), as: key, in: Self.buckets.source, options: options)
    return try await services.currentJob(for: key)!
  }

  /// Writes a clip's pictures and record, as rendering would.
  func complete(_ job: Job, start: Int, stills: Int) async throws {
    let writer = store.writer(of: job)
    let bytes = Array("\(job.version) \(start)".utf8)
    try await writer.put(bytes, as: job.names.gif(start: start), contentType: "image/gif")
    for number in 1...stills {
      try await writer.put(bytes, as: job.names.still(start: start, number: number), contentType: "image/jpeg")
    }
    let record = ClipRecord(
      start: start, end: start + 9, gif: job.names.gif(start: start), gifBytes: bytes.count, gifFrames: 100,
      frameBytes: Array(repeating: bytes.count, count: stills), timings: .init(startedAt: 0, finishedAt: 0))
    try await store.put(record, of: job)
  }

  func outputs() async throws -> Set<String> {
    Set(try await objects.listAll(bucket: Self.buckets.output, prefix: "").map(\.key))
  }

  func manifest(_ job: Job) async throws -> Manifest? {
    try await store.manifest(of: job.names, in: Self.buckets.output)?.manifest
  }
}
