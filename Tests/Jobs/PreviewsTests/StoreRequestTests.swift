import EventBus
import Logging
import MediaJobs
import ObjectStore
import PreviewRendering
import Previews
import S3Protocol
import Synchronization
import TestStores
import Testing

/// What jobs cost their store. The figures of commit 721019b were counted in its code, for the same jobs.
@Suite("Requests of a job")
struct StoreRequestTests {
  /// Notes the store's count when the end of the job is announced.
  private final class Announcements: EventPublisher {
    let store: ObservedStore
    let requests = Mutex<Int?>(nil)

    init(_ store: ObservedStore) { self.store = store }

    func publish(_ entries: [PutEventsEntry], idempotencyKey: String?) async throws {
      guard entries.contains(where: { $0.detailType == "videoProcessed" }) else { return }
      requests.withLock { $0 = store.counts.requests }
    }
  }

  private final class Rendered: Sendable {
    let store = ObservedStore(MemoryStore())
    let announcements: Announcements
    let services: PreviewServices
    let job: Job
    /// Requests when the last clip was rendered.
    let rendered = Mutex(0)

    init(snippetSize: Int) async throws {
      announcements = Announcements(store)
      var logger = Logger(label: "test")
      logger.logLevel = .critical
      services = PreviewServices(
        settings: JobSettings(snippetSize: snippetSize), buckets: JobFixture.buckets, objects: store,
        publisher: announcements, logger: logger)
      _ = try await store.put([1], as: "talk.mp4", in: JobFixture.buckets.source)
      job = try await services.currentJob(for: "talk.mp4")!
    }

    /// Puts a clip's outputs there, as rendering does.
    ///
    /// - Parameter milliseconds: of CPU time that it took.
    func render(_ number: Int, milliseconds: Int = 0) async throws -> ClipRecord {
      let start = number * job.settings.snippetSize
      let writer = services.store.writer(of: job)
      try await writer.put([2], as: job.names.gif(start: start), contentType: "image/gif")
      for still in 1...job.settings.snippetSize {
        try await writer.put([3], as: job.names.still(start: start, number: still), contentType: "image/jpeg")
      }
      let strip = job.names.strip(version: job.version.description, start: start)
      try await writer.put([4], as: strip, contentType: "application/octet-stream")
      return ClipRecord(
        start: start, end: start + job.settings.snippetSize - 1, gif: job.names.gif(start: start), gifBytes: 1,
        gifFrames: 1, frameBytes: Array(repeating: 1, count: job.settings.snippetSize), stripBytes: 1,
        timings: .init(startedAt: 0, finishedAt: 0, cpuMilliseconds: milliseconds))
    }

    /// Processes a clip as the function does, with these pictures in the place of decoded ones.
    func process(_ number: Int, of clips: Int, milliseconds: Int = 0) async throws -> ClipProcessor.Outcome {
      let processor = ClipProcessor(services: services) { [self] _, _, _, _ in
        defer { rendered.withLock { $0 = store.counts.requests } }
        return try await render(number, milliseconds: milliseconds)
      }
      let size = job.settings.snippetSize
      let clip = ClipEvent(
        key: job.source.key, start: number * size, end: number * size + size - 1, length: Double(clips * size),
        tsCreated: 0, etag: job.source.etag.value, clips: clips)
      return try await processor.process(clip, requestID: "\(number)")
    }
  }

  /// HEAD, PUT of the record, a listing of records, 120 records, the manifest twice, 4 pages of outputs, the plan, HEAD, PUT
  /// of the manifest.
  private static let before = 132

  @Test("from the last clip's end of 120 to videoProcessed takes at most half of the requests of commit 721019b")
  func end() async throws {
    let job = try await Rendered(snippetSize: 30)
    for number in 0..<119 {
      #expect(try await job.process(number, of: 120).job == .waiting)
    }
    #expect(try await job.process(119, of: 120).job == .finished)
    let requests = try #require(job.announcements.requests.withLock { $0 }) - job.rendered.withLock { $0 }
    #expect(requests <= Self.before / 2, "\(requests) requests")
  }

  @Test("clips that are not the last list nothing, in whichever order they end")
  func notTheLast() async throws {
    let job = try await Rendered(snippetSize: 1)
    for number in (0..<300).shuffled().dropLast() {
      #expect(try await job.process(number, of: 300).job == .waiting)
    }
    #expect(job.store.counts.listedKeys == 0)
  }

  /// The second kind has clips beyond twice their share of the job's CPU time, for which those of the others are added up.
  @Test("two hours in clips of a second list at most three keys per clip in all", arguments: [false, true])
  func longVideo(isCostly: Bool) async throws {
    let clips = 7200
    let job = try await Rendered(snippetSize: 1)
    // 14,400 s of CPU time for 7,200 clips: a share is 2 s.
    for number in 0..<clips {
      let isBeyond = isCostly && number % 100 == 50
      let outcome = try await job.process(number, of: clips, milliseconds: isBeyond ? 4200 : 0)
      #expect(outcome.status == .complete)
      #expect(outcome.job == (number == clips - 1 ? .finished : .waiting))
    }
    #expect(job.store.counts.listedKeys <= 3 * clips)
    // Small requests only, a few per clip: a source's HEAD, the outputs, the record, its neighbours.
    #expect(job.store.counts.requests <= 12 * clips)
  }

  @Test("clips that take too much together are noticed, also long after the first of them")
  func tooMuch() async throws {
    let clips = 1000
    let job = try await Rendered(snippetSize: 1)
    // A share is 14.4 s; every clip is at 1.8, so that only one in 62 adds up. The limit is exceeded by the 556th.
    var failed: Int?
    for number in 0..<700 where failed == nil {
      if try await job.process(number, of: clips, milliseconds: 25_920).status == .failed { failed = number }
    }
    #expect((555...620).contains(failed ?? 0), "\(String(describing: failed))")
    #expect(try await job.process(700, of: clips).reason?.contains("JobCpuTimeLimit") == true)
    #expect(job.store.counts.listedKeys == 0)
  }
}
